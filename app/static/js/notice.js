// The form of a notice's words: a variable goes to where the cursor was last, and the preview follows each letter.
import { previewing } from "baiye/preview";

const box = document.querySelector("[data-notice-preview]");
const form = box.closest("form");
const show = previewing(box, box.dataset.noticePreview);
let last = form.querySelector("textarea");

form.addEventListener("focusin", (event) => { if (event.target.matches("input[type=text], textarea")) last = event.target; });
form.addEventListener("input", show);
form.addEventListener("click", (event) => {
  const variable = event.target.closest("[data-variable]")?.dataset.variable;
  if (!variable) return;
  last.setRangeText(variable, last.selectionStart, last.selectionEnd, "end");
  last.focus();
  last.dispatchEvent(new Event("input", { bubbles: true }));
});
show();
