// The side bar: find a line by typing, narrow mode, the drawer on phones, counts of what waits, folded groups remembered.
import { getJson, post, typing } from "baiye/http";

const app = document.querySelector(".by-app");
const find = document.querySelector("[data-menu-find]");

function narrow() {
  const wanted = find.value.trim().toLowerCase();
  for (const group of document.querySelectorAll("[data-menu-group]")) {
    let shown = 0;
    for (const line of group.querySelectorAll("[data-menu-line]")) {
      line.hidden = wanted !== "" && !line.textContent.toLowerCase().includes(wanted);
      shown += line.hidden ? 0 : 1;
    }
    group.hidden = shown === 0;
    if (wanted !== "" && group.matches("details")) group.open = true;
  }
}

function drawer(open) {
  const side = document.getElementById("side");
  if (open) app.dataset.side = "open";
  else if (app.dataset.side === "open") app.dataset.side = "full";
  document.querySelector("[data-side-scrim]").hidden = !open;
  document.querySelector("[data-side-open]").setAttribute("aria-expanded", String(open));
  if (open) side.querySelector("a").focus();
}

async function counts() {
  const place = document.querySelector("[data-badges]");
  if (!place || !place.querySelector("[data-badge]") || document.hidden) return;
  const waiting = await getJson(place.dataset.badges).catch(() => null);
  if (!waiting) return;
  for (const badge of place.querySelectorAll("[data-badge]")) {
    const count = waiting[badge.dataset.badge] ?? 0;
    badge.hidden = count === 0;
    badge.textContent = count > 999 ? "999+" : String(count);
  }
}

if (app) {
  find.addEventListener("input", narrow);
  find.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { find.value = ""; narrow(); find.blur(); }
    if (event.key === "Enter") document.querySelector("[data-menu-line]:not([hidden]) a")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey) {
      // On a list the slash looks in the list; elsewhere in the menu.
      const place = document.querySelector("main [data-filter] input[type=search]") ?? find;
      event.preventDefault();
      place.focus();
      place.select();
    }
    if (event.key === "Escape" && app.dataset.side === "open") { drawer(false); document.querySelector("[data-side-open]").focus(); }
  });
  document.querySelector("[data-side-open]").addEventListener("click", () => drawer(app.dataset.side !== "open"));
  document.querySelector("[data-side-scrim]").addEventListener("click", () => drawer(false));
  const fold = document.querySelector("[data-side-switch]");
  fold.addEventListener("click", () => {
    const side = app.dataset.side === "mini" ? "full" : "mini";
    app.dataset.side = side;
    fold.setAttribute("aria-pressed", String(side === "mini"));
    post("/preferences/", { side });
  });
  for (const group of document.querySelectorAll("details[data-menu-group]")) {
    const key = `by-group:${group.dataset.menuGroup}`;
    if (localStorage.getItem(key) === "open") group.open = true;
    group.addEventListener("toggle", () => { if (find.value === "") localStorage.setItem(key, group.open ? "open" : "shut"); });
  }
  counts();
  setInterval(counts, 60_000);
  document.addEventListener("by:changed", counts);
}
