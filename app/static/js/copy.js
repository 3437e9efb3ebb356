// Copy buttons: beside ids and record numbers, and menu items that copy a link.
const { wordsCopy, wordsCopied } = document.documentElement.dataset;

async function copy(text) {
  try { await navigator.clipboard.writeText(text); } catch {
    // Pages without https have no clipboard: a selection copies all the same.
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "by-sr" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

for (const place of document.querySelectorAll("[data-copy]")) {
  const text = place.dataset.copy || place.textContent.trim();
  const button = Object.assign(document.createElement("button"), { type: "button", className: "by-copy", title: wordsCopy });
  button.setAttribute("aria-label", `${wordsCopy} ${text}`);
  button.dataset.copyText = text;
  place.after(button);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-text]");
  if (!button) return;
  event.preventDefault();
  await copy(button.dataset.copyText);
  const said = Object.assign(document.createElement("span"), { className: "by-copied", textContent: wordsCopied });
  said.setAttribute("role", "status");
  button.after(said);
  setTimeout(() => said.remove(), 1600);
});
