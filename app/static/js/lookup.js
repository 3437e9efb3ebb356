// Choosing one of many by typing part of its name: form fields and party filters.
import { getJson, settled } from "baiye/http";
import { go } from "baiye/drop";

for (const box of document.querySelectorAll("[data-look-up]")) {
  const [kept, text, list] = [box.querySelector("input[type=hidden]"), box.querySelector('[role="combobox"]'), box.querySelector("ul")];
  let at = -1;

  const show = (open) => { list.hidden = !open; text.setAttribute("aria-expanded", String(open)); at = -1; text.removeAttribute("aria-activedescendant"); };
  const choose = (option) => { kept.value = option.dataset.id; text.value = option.textContent; show(false); kept.dispatchEvent(new Event("input", { bubbles: true })); };
  const mark = (number) => {
    const options = [...list.children];
    if (!options.length) return;
    at = (number + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    text.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const ask = settled(async () => {
    const url = new URL(box.dataset.lookUp, location.href);
    url.searchParams.set("q", text.value.trim());
    const found = await getJson(url).catch(() => []);
    list.replaceChildren(...found.map(({ id, label }, index) => {
      const option = document.createElement("li");
      Object.assign(option, { role: "option", id: `${list.id}-${index}`, textContent: label });
      option.setAttribute("aria-selected", "false");
      option.dataset.id = id;
      return option;
    }));
    show(found.length > 0);
  });
  text.addEventListener("input", () => { kept.value = ""; ask(); });
  text.addEventListener("focus", ask);
  text.addEventListener("blur", () => setTimeout(() => show(false), 150));
  list.addEventListener("mousedown", (event) => { const option = event.target.closest("li"); if (option) { event.preventDefault(); choose(option); } });
  text.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    if (event.key === "Escape") show(false);
    if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(list.children[at]); }
  });
}

for (const box of document.querySelectorAll("[data-party]")) {
  const [text, list] = [box.querySelector("input"), box.querySelector("ul")];
  const ask = settled(async () => {
    const url = new URL(box.dataset.party, location.href);
    url.searchParams.set("q", text.value.trim());
    const found = await getJson(url).catch(() => []);
    list.replaceChildren(...found.map(({ id, label }) => {
      const [line, button] = [document.createElement("li"), document.createElement("button")];
      Object.assign(button, { type: "button", className: "by-menu-item", textContent: label });
      button.addEventListener("click", () => go(box.dataset.url, id));
      line.append(button);
      return line;
    }));
  });
  text.addEventListener("input", ask);
  text.addEventListener("focus", ask);
}
