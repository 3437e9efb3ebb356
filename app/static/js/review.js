// The review desk: j k change the case, a e r press the buttons that say so, pictures zoom and turn.
import { typing } from "baiye/http";

const links = [...document.querySelectorAll("[data-review] [data-case]")];
const picture = document.querySelector("[data-doc]");
let [zoom, turn] = [0, 0];

const step = (by) => {
  const here = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  links[Math.max(0, Math.min(links.length - 1, here + by))]?.click();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || (typing(event.target) && event.target.type !== "checkbox")) return;
  const key = event.key.toLowerCase();
  if (key === "j") step(1);
  else if (key === "k") step(-1);
  else document.querySelector(`[data-review] [data-key="${CSS.escape(key)}"]`)?.click();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom], [data-turn]");
  if (!button || !picture) return;
  if (button.dataset.zoom) zoom = Math.max(0, Math.min(4, zoom + Number(button.dataset.zoom)));
  else turn = (turn + 90) % 360;
  picture.dataset.zoom = zoom;
  picture.dataset.turned = turn;
});
