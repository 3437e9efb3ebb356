// Fields of one category show while it is chosen; those of the others are neither seen nor sent.
const chosen = document.querySelector("select[name=category]");
const fields = document.querySelectorAll("[data-for-category]");

function show() {
  for (const field of fields) {
    field.hidden = field.dataset.forCategory !== chosen.value;
    for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = field.hidden;
  }
}

chosen.addEventListener("change", show);
show();
