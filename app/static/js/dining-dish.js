// The form of a dish: rows for sizes, groups, and options come and go without asking the server.
const form = document.querySelector("[data-dish-form]");

function grown(kind, list, group) {
  const number = Number(list.dataset.next);
  const own = kind === "group" ? number : group;
  const box = document.createElement("template");
  box.innerHTML = form.querySelector(`[data-template="${kind}"]`).innerHTML.replaceAll("__g__", own).replaceAll("__n__", number);
  list.dataset.next = number + 1;
  list.append(box.content);
  list.lastElementChild.querySelector("input:not([type=hidden])").focus();
}

form.addEventListener("click", (event) => {
  const add = event.target.closest("[data-row-add]");
  if (add) {
    event.preventDefault();
    const kind = add.dataset.rowAdd;
    const holder = kind === "option" ? add.closest("[data-row]") : form;
    grown(kind, holder.querySelector(`[data-rows="${kind}"]`), holder.dataset.group);
  }
  const remove = event.target.closest("[data-row-remove]");
  if (remove) {
    const row = remove.closest("[data-row]");
    const next = row.parentElement.parentElement.querySelector(":scope > div > [data-row-add]");
    row.remove();
    form.dispatchEvent(new Event("input", { bubbles: true }));
    next?.focus();
  }
});
