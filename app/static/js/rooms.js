// The room board: drag a stay to another room or night, drag over free nights to close or book them, walk the cells by keys; it keeps itself fresh.
import { post, settled, typing } from "baiye/http";
import { listen } from "baiye/live";

const desk = document.querySelector("[data-rooms]");
const said = desk.querySelector("[data-rooms-said]");
const form = () => desk.querySelector("[data-block]");

const refresh = settled(async () => {
  const answer = await fetch(desk.dataset.rooms, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || dragged || from) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["[data-rooms-table]", "[data-rooms-list]"]) {
    const [old, fresh] = [desk.querySelector(part), page.querySelector(part)];
    if (!old || !fresh || old.innerHTML === fresh.innerHTML) continue;
    const at = old.contains(document.activeElement) ? place(document.activeElement.closest("td")) : null;
    const [left, top] = [old.scrollLeft, old.scrollTop];
    old.replaceChildren(...fresh.childNodes);
    old.scrollTo(left, top);
    if (at) cell(...at)?.focus();
  }
  document.dispatchEvent(new CustomEvent("by:changed"));
}, 80);

const place = (td) => (td ? [td.closest("tr").dataset.unit, td.dataset.day] : null);
const cell = (unit, day) => {
  const td = desk.querySelector(`tr[data-unit="${unit}"] td[data-day="${day}"]`);
  return td?.querySelector(".by-stay") ?? td;
};

function later(day, nights) {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + nights);
  return moment.toISOString().slice(0, 10);
}

// ---- dragging a stay
let dragged = null;

desk.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-order]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.order);
  dragged.dataset.dragging = "";
});
desk.addEventListener("dragover", (event) => { if (dragged && event.target.closest("td[data-day]")) event.preventDefault(); });
desk.addEventListener("dragend", () => { if (dragged) delete dragged.dataset.dragging; dragged = null; });
desk.addEventListener("drop", async (event) => {
  const td = event.target.closest("td[data-day]");
  if (!dragged || !td) return;
  event.preventDefault();
  const stay = dragged;
  dragged = null;
  await moveTo(stay, td.closest("tr").dataset.unit, later(td.dataset.day, 0));
});

async function moveTo(stay, unit, day) {
  const answer = await post(desk.dataset.move.replace(/0$/, stay.dataset.order), { unit, arrives: day }).catch(() => null);
  said.hidden = Boolean(answer?.ok);
  const go = answer?.ok ? (await answer.json().catch(() => null))?.go : null;
  if (go) { location.assign(go); return; } // another type of room: what it costs is asked first
  if (!answer?.ok) {
    const problem = await answer?.json().catch(() => null);
    said.textContent = `${desk.dataset.moveFailed}${problem?.errors?.[0]?.message ?? problem?.detail ?? problem?.title ?? answer?.status ?? ""}`;
  }
  refresh();
}

// ---- dragging over free nights
let from = null;

function mark(until) {
  for (const td of desk.querySelectorAll("td[data-picked]")) delete td.dataset.picked;
  if (!from || !until || until.closest("tr") !== from.closest("tr")) return;
  const cells = [...from.closest("tr").querySelectorAll("td[data-day]")];
  const [first, last] = [cells.indexOf(from), cells.indexOf(until)].sort((one, other) => one - other);
  for (const td of cells.slice(first, last + 1)) if ("free" in td.dataset) td.dataset.picked = "";
}

function offer(first, last) {
  const fields = form();
  if (!fields) { location.href = desk.dataset.rooms; return; }
  fields.unit.value = first.closest("tr").dataset.unit;
  fields.first.value = first.dataset.day;
  fields.after.value = later(last.dataset.day, 1);
  fields.reason.focus();
}

desk.addEventListener("pointerdown", (event) => {
  const td = event.target.closest("td[data-free]");
  if (!td || event.button !== 0 || event.pointerType === "touch" || !form()) return;
  from = td;
  mark(td);
});
desk.addEventListener("pointerover", (event) => { if (from) mark(event.target.closest("td[data-day]")); });
addEventListener("pointerup", () => {
  if (!from) return;
  const picked = [...desk.querySelectorAll("td[data-picked]")];
  from = null;
  if (picked.length) offer(picked[0], picked[picked.length - 1]);
});

// `订这间` asks for arrives and leaves, the same two days under other names.
desk.addEventListener("click", (event) => {
  const button = event.target.closest("[data-book]");
  if (!button) return;
  event.preventDefault();
  const fields = form();
  const asked = new URLSearchParams({ unit: fields.unit.value, arrives: fields.first.value, leaves: fields.after.value });
  location.href = `${button.formAction}?${asked}`;
});

// ---- keys: arrows walk, Enter opens a stay or takes a free night, Alt with an arrow moves the stay one room or night
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

desk.addEventListener("keydown", (event) => {
  const td = event.target.closest("td[data-day]");
  const step = STEPS[event.key];
  if (typing(event.target)) return;
  if (!td) {
    if (step && event.target.matches("[data-rooms-table]")) {
      event.preventDefault();
      const first = desk.querySelector("tr[data-unit] td[data-day]");
      (first?.querySelector(".by-stay") ?? first)?.focus();
    }
    return;
  }
  if (event.key === "Enter" && "free" in td.dataset) { event.preventDefault(); offer(td, td); return; }
  if (!step) return;
  event.preventDefault();
  const rows = [...desk.querySelectorAll("tr[data-unit]")];
  const row = rows[rows.indexOf(td.closest("tr")) + step[0]];
  const stay = event.target.closest("[data-order]");
  if (event.altKey && stay) {
    if (row) moveTo(stay, row.dataset.unit, later(stay.dataset.arrives, step[1]));
    return;
  }
  const cells = row ? [...row.querySelectorAll("td[data-day]")] : [];
  let at = [...td.parentElement.querySelectorAll("td[data-day]")].indexOf(td) + step[1];
  while (cells[at] && !("free" in cells[at].dataset) && !cells[at].querySelector(".by-stay")) at += step[1] || -1;
  (cells[at]?.querySelector(".by-stay") ?? cells[at])?.focus();
});

listen(desk.dataset.live, refresh, () => {});
