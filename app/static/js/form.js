// Forms: a second click does nothing, unsaved changes warn, pictures show before they are sent, errors take the focus.
let dirty = false;

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-guard]");
  if (!form) return;
  dirty = true;
  form.querySelector("[data-unsaved]")?.removeAttribute("hidden");
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) { event.preventDefault(); return; }
  dirty = false;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  // After the browser has collected the fields, so that the pressed button's own value is still sent.
  setTimeout(() => { for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = true; });
});

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button:disabled")) button.disabled = false;
  }
});

window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
document.addEventListener("click", (event) => { if (event.target.closest("[data-leave]")) dirty = false; });

for (const box of document.querySelectorAll("[data-upload]")) {
  const preview = box.querySelector(".by-upload-preview");
  if (preview.dataset.present) { preview.src = preview.dataset.present; preview.hidden = false; }
  box.querySelector("input").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const name = box.querySelector("[data-upload-name]");
    if (name) name.textContent = file.name;
    preview.hidden = true;
    if (!file.type.startsWith("image/")) return;
    preview.src = URL.createObjectURL(file);
    preview.alt = file.name;
    preview.hidden = false;
  });
}

document.querySelector("[data-summary]")?.focus();
