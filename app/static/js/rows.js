// Child rows of a form come, go, and change places without asking the server. A list `[data-rows=kind]` grows by `template[data-template=kind]`,
// in which `__n__` becomes the row's number and `__g__` that of the row around it.
const form = document.querySelector("[data-rows-form]");
const told = document.createElement("p");
told.className = "by-sr";
told.setAttribute("role", "status");
form.append(told);

const rowsOf = (list) => [...list.children].filter((each) => each.matches("[data-row]"));
const button = (row, name) => [...row.querySelectorAll(`[data-row-${name}]`)].find((each) => each.closest("[data-row]") === row);

function settle(list) {
  const rows = rowsOf(list);
  rows.forEach((row, index) => {
    const up = button(row, "up"), down = button(row, "down");
    if (up) up.disabled = index === 0;
    if (down) down.disabled = index === rows.length - 1;
  });
}

function grow(kind, list, around) {
  const number = Number(list.dataset.next);
  const box = document.createElement("template");
  box.innerHTML = form.querySelector(`template[data-template="${kind}"]`).innerHTML.replaceAll("__g__", around ?? number).replaceAll("__n__", number);
  list.dataset.next = number + 1;
  list.append(box.content);
  list.lastElementChild.querySelectorAll("[data-rows]").forEach(settle);
  settle(list);
  list.lastElementChild.querySelector("input:not([type=hidden])").focus();
}

function move(row, name) {
  const list = row.parentElement;
  const other = name === "up" ? row.previousElementSibling : row.nextElementSibling;
  other[name === "up" ? "before" : "after"](row);
  settle(list);
  const again = button(row, name);
  (again.disabled ? button(row, name === "up" ? "down" : "up") : again).focus();
  told.textContent = form.dataset.wordsMoved.replace("__n__", rowsOf(list).indexOf(row) + 1);
}

function remove(row) {
  const list = row.parentElement, next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  settle(list);
  (next ? button(next, "remove") : list.parentElement.querySelector(":scope > div > [data-row-add]"))?.focus();
  told.textContent = form.dataset.wordsRemoved;
}

form.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-row-add], [data-row-up], [data-row-down], [data-row-remove]");
  if (!pressed) return;
  event.preventDefault();
  const row = pressed.closest("[data-row]");
  if (pressed.matches("[data-row-add]")) {
    const kind = pressed.dataset.rowAdd;
    grow(kind, (row ?? form).querySelector(`[data-rows="${kind}"]`), row?.dataset.group);
  } else if (pressed.matches("[data-row-remove]")) remove(row);
  else move(row, pressed.matches("[data-row-up]") ? "up" : "down");
  form.dispatchEvent(new Event("input", { bubbles: true }));
});

form.querySelectorAll("[data-rows]").forEach(settle);
form.dataset.rowsReady = "";
