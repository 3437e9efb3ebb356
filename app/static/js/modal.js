// A move that asks opens its page in a dialog; without scripts the same link leads to the page itself.
import { waiting } from "baiye/progress";

export function openModal(content, labelledby) {
  const dialog = document.createElement("dialog");
  dialog.className = "by-modal";
  if (labelledby) dialog.setAttribute("aria-labelledby", labelledby);
  dialog.append(...content.childNodes);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  dialog.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  return dialog;
}

// The shape of the dialog while its page is on the way; who closes it no longer wants it.
function openBones(link, closed) {
  const dialog = document.createElement("dialog");
  dialog.className = "by-modal by-modal--waiting";
  dialog.setAttribute("aria-label", link.textContent.trim());
  const bones = document.createElement("div");
  bones.dataset.waiting = "";
  bones.setAttribute("aria-busy", "true");
  dialog.append(bones);
  document.body.append(dialog);
  dialog.addEventListener("cancel", closed);
  dialog.addEventListener("close", () => { closed(); dialog.remove(); });
  dialog.showModal();
  return dialog;
}

async function openMove(link) {
  const url = new URL(link.dataset.modal, location.href);
  if (link.dataset.backTo) url.searchParams.set("back", link.dataset.backTo);
  const given = new AbortController();
  const stop = waiting([], (said) => said.push(openBones(link, () => given.abort())));
  let answer, words;
  try {
    answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" }, signal: given.signal });
    words = await answer.text();
  } catch {
    if (!given.signal.aborted) location.href = url;
    return;
  } finally {
    stop();
  }
  const content = new DOMParser().parseFromString(words, "text/html").querySelector("[data-modal-content]");
  if (!answer.ok || !content) { location.href = url; return; }
  openModal(content, "move-title");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-modal]");
  if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openMove(link); return; }
  const close = event.target.closest("[data-modal-close]");
  const dialog = close?.closest("dialog");
  if (dialog) { event.preventDefault(); dialog.close(); return; }
  if (event.target.matches("dialog.by-modal")) event.target.close();
  if (event.target.closest("[data-help-open]")) document.querySelector("[data-help]").showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.target.matches?.('a[role="button"]') && event.key === " ") { event.preventDefault(); event.target.click(); }
});
