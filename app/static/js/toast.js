// Toasts leave by themselves when they have been there long enough to be read; one with an undo counts down.
function leave(toast) {
  toast.dataset.leaving = "";
  setTimeout(() => toast.remove(), 220);
}

export function watch(toast) {
  let seconds = Number(toast.dataset.seconds ?? 6);
  const undo = toast.querySelector("form button");
  const word = undo?.textContent;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    seconds -= 1;
    if (undo) undo.textContent = `${word} ${seconds}`;
    if (seconds <= 0) { clearInterval(timer); leave(toast); }
  }, 1000);
  toast.querySelector("[data-close]").addEventListener("click", () => leave(toast));
}

for (const toast of document.querySelectorAll("[data-toast]")) watch(toast);

for (const button of document.querySelectorAll("[data-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
