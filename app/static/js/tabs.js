// The cards of a record as tabs: arrow keys, Home, and End move between them, the address remembers which one is open.
const box = document.querySelector("[data-tabs]");
const panels = [...box.children].filter((each) => each.matches("section[aria-labelledby]"));
const list = document.createElement("div");
list.className = "by-tabs";
list.setAttribute("role", "tablist");
list.setAttribute("aria-label", box.dataset.tabs);

const tabs = panels.map((panel) => {
  const heading = panel.querySelector("h2");
  const tab = document.createElement("button");
  Object.assign(tab, { type: "button", id: `${heading.id}-tab`, textContent: heading.textContent });
  const count = panel.querySelector(".by-card-head .by-count");
  if (count) tab.append(" ", count.cloneNode(true));
  tab.setAttribute("role", "tab");
  panel.id = `${heading.id}-panel`;
  tab.setAttribute("aria-controls", panel.id);
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", tab.id);
  list.append(tab);
  return tab;
});

function open(index) {
  tabs.forEach((tab, number) => {
    tab.setAttribute("aria-selected", String(number === index));
    tab.tabIndex = number === index ? 0 : -1;
    panels[number].toggleAttribute("data-tab-closed", number !== index);
  });
}

function chosen(index) {
  open(index);
  tabs[index].focus();
  tabs[index].scrollIntoView({ block: "nearest", inline: "nearest" });
  history.replaceState(null, "", `#${tabs[index].id.slice(0, -"-tab".length)}`);
}

function named() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  return target ? panels.findIndex((panel) => panel.contains(target)) : -1;
}

list.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) chosen(tabs.indexOf(tab));
});
list.addEventListener("keydown", (event) => {
  const at = tabs.indexOf(document.activeElement), last = tabs.length - 1;
  const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  chosen(to);
});
window.addEventListener("hashchange", () => { if (named() >= 0) open(named()); });

box.prepend(list);
box.classList.add("by-tabbed");
open(Math.max(named(), 0));
