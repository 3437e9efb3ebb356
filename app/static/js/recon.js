// The reconciliation desk: the next break comes without a new page; j k change it, p and a go to what is to be written, n to the next.
import { typing } from "baiye/http";
import { watch } from "baiye/toast";

const rows = () => [...document.querySelectorAll("[data-recon] tbody [data-break]")];

async function show(url, address, sent = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...sent });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const desk = page.querySelector("[data-recon]");
  if (!desk) { location.href = address ?? answer.url; return; }
  const scrolled = document.querySelector("[data-recon] .by-pane-body")?.scrollTop ?? 0;
  document.querySelector("[data-recon]").replaceWith(desk);
  const toasts = page.querySelector(".by-toasts");
  document.querySelector(".by-toasts")?.replaceWith(toasts);
  for (const toast of toasts.querySelectorAll("[data-toast]")) watch(toast);
  desk.querySelector(".by-pane-body").scrollTop = scrolled;
  if (answer.redirected || !address) history.replaceState(null, "", answer.redirected ? answer.url : location.href);
  else history.pushState(null, "", address);
  (desk.querySelector("[data-summary]") ?? desk).focus({ preventScroll: true });
  if (matchMedia("(max-width: 1180px)").matches) desk.querySelector("[data-recon-pane]")?.scrollIntoView();
}

const open = (address) => show(address, address);

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = event.target.closest("[data-recon] tbody tr");
  const link = event.target.closest("[data-break]") ?? (event.target.closest("a, button") ? null : row?.querySelector("[data-break]"));
  if (!link) return;
  event.preventDefault();
  open(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-recon-form]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  show(form.action, null, { method: "POST", body: new URLSearchParams(new FormData(form)) });
});

document.addEventListener("change", (event) => { event.target.closest("[data-recon-day]")?.requestSubmit(); });
addEventListener("popstate", () => show(location.href, location.href));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") {
    const links = rows();
    const here = links.findIndex((link) => link.closest("tr").getAttribute("aria-selected") === "true");
    const link = links[Math.max(0, Math.min(links.length - 1, here + (key === "j" ? 1 : -1)))];
    if (link) open(link.href);
    return;
  }
  const field = document.querySelector(`[data-recon] [data-key-focus="${CSS.escape(key)}"]`);
  if (field) { event.preventDefault(); field.focus(); return; }
  document.querySelector(`[data-recon] [data-key="${CSS.escape(key)}"]`)?.click();
});
