// What takes its time says so: after 300 ms what will be replaced shows only its shape, after 2 s words say that work goes on. Nothing before.
const SHAPE = 300;
const WORDS = 2000;
const words = document.documentElement.dataset.wordsWorking;

function put(tag, className, text = "") {
  const part = Object.assign(document.createElement(tag), { className, textContent: text });
  (document.querySelector("dialog[open]") ?? document.body).append(part);
  return part;
}

// Begins to wait for what will stand in `parts`. The function it returns ends the waiting, however far it went. `shown` is called with the shape.
export function waiting(parts, shown = () => {}) {
  const said = [];
  const timers = [
    setTimeout(() => {
      for (const part of parts) { part.dataset.waiting = ""; part.setAttribute("aria-busy", "true"); }
      shown(said);
    }, SHAPE),
    setTimeout(() => {
      const line = put("p", "by-progress-words", words);
      line.setAttribute("role", "status");
      said.push(line);
    }, WORDS),
  ];
  return () => {
    timers.forEach(clearTimeout);
    for (const part of parts) { delete part.dataset.waiting; part.removeAttribute("aria-busy"); }
    for (const part of said) part.remove();
  };
}

let end = () => {};

// Another page has been asked for. When it is this page with another filter, order, or span, the parts it renews wait for it.
export function leaving(address) {
  end();
  const parts = address && new URL(address, location.href).pathname === location.pathname ? document.querySelectorAll("[data-renews]") : [];
  const stop = waiting(parts, (said) => said.push(put("div", "by-progress-top")));
  const late = setTimeout(() => end(), 20_000); // a download leaves the page standing and tells nobody
  end = () => { clearTimeout(late); stop(); };
}

document.addEventListener("submit", (event) => {
  // After every other listener, so that a form sent by script or refused by a question starts nothing.
  const form = event.target;
  setTimeout(() => {
    if (!event.defaultPrevented && form.target !== "_blank" && form.method !== "dialog") leaving(form.method === "get" ? form.getAttribute("action") : null);
  });
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || (link.hash && link.pathname === location.pathname)) return;
  setTimeout(() => { if (!event.defaultPrevented) leaving(link.href); });
});
window.addEventListener("pageshow", () => end());
