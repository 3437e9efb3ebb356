// The menu: dishes are sorted by dragging or with Alt and the arrow keys; stock is saved in place.
import { post } from "baiye/http";

const page = document.querySelector("[data-dining-menu]");

function save(list) {
  const keys = [...list.querySelectorAll("[data-key]")].map((dish) => dish.dataset.key).join(",");
  return post(page.dataset.diningMenu, { category: list.dataset.sortable, keys }).then((answer) => { if (!answer.ok) location.reload(); });
}

let dragged = null;

for (const list of page.querySelectorAll("[data-sortable]")) {
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-key]");
    if (!dragged) return;
    dragged.dataset.dragging = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 12, 24);
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-key]");
    if (!dragged || !over || over === dragged || dragged.parentElement !== list) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    delete dragged.dataset.dragging;
    dragged = null;
    save(list);
  });
  list.addEventListener("keydown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const dish = grip.closest("[data-key]");
    const other = event.key === "ArrowUp" ? dish.previousElementSibling : dish.nextElementSibling;
    event.preventDefault();
    if (!other) return;
    other[event.key === "ArrowUp" ? "before" : "after"](dish);
    grip.focus();
    save(list);
  });
}

for (const form of page.querySelectorAll("[data-quick]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const input = form.querySelector("input[name=stock]");
    const answer = await post(form.action, { stock: input.value });
    if (!answer.ok) { input.setAttribute("aria-invalid", "true"); input.focus(); return; }
    input.removeAttribute("aria-invalid");
    location.hash = form.closest("[data-key]").id;
    location.reload();
  });
}
