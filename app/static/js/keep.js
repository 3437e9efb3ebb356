// What a person keeps: the order of columns, pins without a new page, drafts of forms as they are typed, names after @.
import { getJson, post, settled, token } from "baiye/http";

for (const form of document.querySelectorAll("[data-columns]")) {
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    const line = step?.closest("li");
    if (!line) return;
    if (step.dataset.step === "-1") line.previousElementSibling?.before(line);
    else line.nextElementSibling?.after(line);
    step.focus();
  });
}

for (const form of document.querySelectorAll("[data-pin]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const pinned = button.value === "yes";
    const answer = await post(form.action, { ...Object.fromEntries(new FormData(form)), pinned: button.value });
    if (!answer.ok) { form.submit(); return; }
    button.value = pinned ? "no" : "yes";
    button.setAttribute("aria-pressed", String(pinned));
  });
}

const secret = (field) => field.type === "password" || field.type === "file" || field.closest("[data-sensitive]") || field.name === "csrf_token";

for (const form of document.querySelectorAll("form[data-draft]")) {
  const kept = form.querySelector("[data-draft-kept]");
  let sent = false;
  const keep = settled(async () => {
    if (sent) return;
    const body = new URLSearchParams();
    for (const field of form.elements) {
      if (!field.name || field.disabled || secret(field) || field.type === "submit") continue;
      if (["checkbox", "radio"].includes(field.type) && !field.checked) continue;
      if (field.tagName === "SELECT") for (const option of field.selectedOptions) body.append(field.name, option.value);
      else body.append(field.name, field.value);
    }
    body.append("csrf_token", token());
    const answer = await fetch(form.dataset.draft, { method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (kept && answer?.status === 204) kept.hidden = false;
  }, 800);
  form.addEventListener("input", () => { if (kept) kept.hidden = true; keep(); });
  form.addEventListener("submit", () => { sent = true; });
}

for (const area of document.querySelectorAll("[data-mention]")) {
  const list = area.parentElement.querySelector("ul");
  let at = 0;
  const begun = () => area.value.slice(0, area.selectionStart).match(/@([^\s@]{0,20})$/);
  const shut = () => { list.hidden = true; area.removeAttribute("aria-activedescendant"); };
  const mark = (number) => {
    const options = [...list.children];
    if (!options.length) return;
    at = (number + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    area.setAttribute("aria-activedescendant", options[at].id);
  };
  const choose = (option) => {
    const [end, match] = [area.selectionStart, begun()];
    if (match) area.setRangeText(`@${option.dataset.name} `, end - match[0].length, end, "end");
    shut();
    area.focus();
  };
  area.addEventListener("input", settled(async () => {
    const match = begun();
    if (!match) { shut(); return; }
    const found = await getJson(`${area.dataset.mention}?q=${encodeURIComponent(match[1])}`).catch(() => []);
    list.replaceChildren(...found.map(({ label, account }, index) => {
      const option = Object.assign(document.createElement("li"), { id: `${list.id}-${index}`, textContent: `${label} · ${account}` });
      option.setAttribute("role", "option");
      option.dataset.name = found.filter((other) => other.label === label).length > 1 ? account : label;
      return option;
    }));
    list.hidden = found.length === 0;
    mark(0);
  }, 120));
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); choose(list.children[at]); }
    if (event.key === "Escape") { event.stopPropagation(); shut(); }
  });
  area.addEventListener("blur", () => setTimeout(shut, 150));
  list.addEventListener("mousedown", (event) => { const option = event.target.closest("li"); if (option) { event.preventDefault(); choose(option); } });
}
