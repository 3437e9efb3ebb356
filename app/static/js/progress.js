// A page that takes its time says so: a bar after 300 ms, words after 2 s.
const words = document.documentElement.dataset.wordsWorking;
let timers = [];

function begin() {
  end();
  timers = [
    setTimeout(() => { const bar = document.createElement("div"); bar.className = "by-progress-top"; bar.dataset.progress = ""; document.body.append(bar); }, 300),
    setTimeout(() => {
      const said = Object.assign(document.createElement("p"), { className: "by-progress-words", textContent: words });
      said.setAttribute("role", "status");
      said.dataset.progress = "";
      document.body.append(said);
    }, 2000),
    // A download leaves the page standing and tells nobody.
    setTimeout(end, 20_000),
  ];
}

function end() {
  timers.forEach(clearTimeout);
  for (const part of document.querySelectorAll("[data-progress]")) part.remove();
}

document.addEventListener("submit", (event) => {
  // After every other listener, so that a form sent by script or refused by a question starts nothing.
  setTimeout(() => { if (!event.defaultPrevented && event.target.target !== "_blank" && event.target.method !== "dialog") begin(); });
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || (link.hash && link.pathname === location.pathname)) return;
  setTimeout(() => { if (!event.defaultPrevented) begin(); });
});
window.addEventListener("pageshow", end);
