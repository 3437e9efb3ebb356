// Menus under a button: arrow keys walk, Escape and a click elsewhere close, never cut off by a scrolling parent.
import { leaving } from "baiye/progress";

function shut(button) {
  button.setAttribute("aria-expanded", "false");
  document.getElementById(button.getAttribute("aria-controls")).hidden = true;
}

function shutAll(except) {
  for (const button of document.querySelectorAll('[data-drop][aria-expanded="true"]')) if (button !== except) shut(button);
}

function place(button, menu) {
  const box = button.getBoundingClientRect();
  if (!button.closest(".by-filter")) return;
  menu.dataset.floating = "";
  menu.style.top = `${box.bottom + 4}px`;
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-drop]");
  if (!button) {
    if (!event.target.closest(".by-drop-menu")) shutAll();
    return;
  }
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  const open = menu.hidden;
  shutAll(button);
  menu.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  if (open) {
    place(button, menu);
    menu.querySelector("a, button, input")?.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest(".by-drop-menu");
  if (event.key === "Escape") {
    const open = document.querySelector('[data-drop][aria-expanded="true"]');
    if (open) { shut(open); open.focus(); event.stopPropagation(); }
  }
  if (menu && ["ArrowDown", "ArrowUp"].includes(event.key) && !event.target.matches("input")) {
    const items = [...menu.querySelectorAll("a, button")].filter((item) => item.offsetParent !== null);
    const at = items.indexOf(document.activeElement);
    event.preventDefault();
    items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
  }
});

// A menu that floats over its scrolling row would stay behind; the others move with their button.
document.addEventListener("scroll", (event) => {
  if (event.target.closest?.(".by-drop-menu")) return;
  for (const button of document.querySelectorAll('[data-drop][aria-expanded="true"]')) {
    if (document.getElementById(button.getAttribute("aria-controls")).dataset.floating !== undefined) shut(button);
  }
}, true);

// Ranges and parties of a filter go to the address that the server wrote, with RANGE replaced.
function go(url, value) {
  const address = url.replace("RANGE", encodeURIComponent(value));
  leaving(address);
  location.href = address;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-apply]");
  const form = button?.closest("[data-range]");
  if (!form) return;
  const low = form.querySelector("[data-low]").value.trim();
  const high = form.querySelector("[data-high]");
  if (!high) { if (low) go(form.dataset.url, low); return; }
  if (low || high.value.trim()) go(form.dataset.url, low === high.value.trim() ? low : `${low}..${high.value.trim()}`);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.closest("[data-range]")) return;
  event.preventDefault();
  event.target.closest("[data-range]").querySelector("[data-apply]").click();
});
export { go };
