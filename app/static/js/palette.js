// Ctrl-K: pages and numbers from anywhere; ? shows the keys.
import { getJson, settled, typing } from "baiye/http";

const dialog = document.querySelector("[data-palette]");

if (dialog) {
  const [text, list, none] = [dialog.querySelector("input"), dialog.querySelector("ul"), dialog.querySelector(".by-palette-none")];
  let [at, asked] = [0, 0];

  const mark = (number) => {
    const hits = [...list.children];
    if (!hits.length) { text.removeAttribute("aria-activedescendant"); return; }
    at = (number + hits.length) % hits.length;
    hits.forEach((hit, index) => hit.setAttribute("aria-selected", String(index === at)));
    text.setAttribute("aria-activedescendant", hits[at].id);
    hits[at].scrollIntoView({ block: "nearest" });
  };
  const draw = (found) => {
    list.replaceChildren(...found.map(({ label, kind, note, url }, index) => {
      const hit = document.createElement("li");
      const [words, small] = [document.createElement("span"), document.createElement("small")];
      Object.assign(hit, { role: "option", id: `palette-hit-${index}` });
      hit.dataset.url = url;
      words.textContent = label;
      small.textContent = note ? `${note} · ${kind}` : kind;
      hit.append(words, small);
      return hit;
    }));
    none.hidden = found.length > 0;
    mark(0);
  };
  const ask = async () => {
    const number = ++asked;
    const found = await getJson(`${dialog.dataset.palette}?q=${encodeURIComponent(text.value.trim())}`).catch(() => []);
    if (number === asked) draw(found);
  };
  const later = settled(ask, 120);
  const open = () => { dialog.showModal(); text.focus(); text.select(); ask(); };
  const follow = (hit) => { if (hit) location.href = hit.dataset.url; };

  document.querySelector("[data-palette-open]").addEventListener("click", open);
  text.addEventListener("input", later);
  list.addEventListener("click", (event) => follow(event.target.closest("li")));
  text.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    if (event.key === "Enter") { event.preventDefault(); follow(list.children[at]); }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); if (!dialog.open) open(); }
    if (event.key === "?" && !typing(event.target)) document.querySelector("[data-help]").showModal();
  });
}
