// Inline edit: the cell becomes an input; Enter saves through the record's own form, Esc leaves it as it was.
import { token } from "baiye/http";

function open(button) {
  const cell = button.closest("[data-edit]");
  const before = [...cell.childNodes];
  const [input, error] = [document.createElement("input"), document.createElement("p")];
  Object.assign(input, { className: "by-input by-input--cell", value: cell.dataset.value, id: `edit-${cell.dataset.name}` });
  input.setAttribute("aria-label", cell.dataset.label);
  Object.assign(error, { className: "by-error", id: "cell-error", hidden: true });
  error.setAttribute("role", "alert");
  let busy = false;

  const shut = () => { cell.replaceChildren(...before); cell.querySelector("button")?.focus(); };
  const refuse = (words) => {
    Object.assign(error, { hidden: false, textContent: words });
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", error.id);
    input.focus();
  };
  const save = async () => {
    if (busy) return;
    if (input.value === cell.dataset.value) { shut(); return; }
    busy = true;
    const body = new URLSearchParams({ name: cell.dataset.name, [cell.dataset.name]: input.value, version: cell.dataset.version, csrf_token: token() });
    const answer = await fetch(cell.dataset.edit, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    busy = false;
    if (!answer?.ok || !said) { refuse(said?.errors?.[0]?.message ?? said?.title ?? String(answer?.status ?? "…")); return; }
    cell.dataset.value = said.value;
    for (const each of cell.closest("tr").querySelectorAll("[data-version]")) each.dataset.version = said.version;
    before[0].querySelector("[data-edit-words]").innerHTML = said.shown;
    shut();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); save(); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); shut(); }
  });
  cell.replaceChildren(input, error);
  input.focus();
  input.select();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-edit-open]");
  if (button) { event.preventDefault(); open(button); }
});
