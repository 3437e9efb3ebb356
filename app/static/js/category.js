// Fields of one choice show while it is chosen; those of the others are neither seen nor sent. What chooses is a category, or the select that says so.
const chosen = document.querySelector("select[data-chooses]") ?? document.querySelector("select[name=category]");
const fields = document.querySelectorAll("[data-for-category]");

function show() {
  for (const field of fields) {
    field.hidden = !field.dataset.forCategory.split(" ").includes(chosen.value);
    for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = field.hidden;
  }
}

chosen.addEventListener("change", show);
show();
