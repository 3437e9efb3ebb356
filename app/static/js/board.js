// Boards that keep themselves fresh: only what changed is replaced, a new ticket is announced and, if wished, heard.
import { listen } from "baiye/live";
import { settled } from "baiye/http";

const board = document.querySelector("[data-board]");
const lost = document.querySelector("[data-live-lost]");
const news = document.querySelector("[data-board-news]");
const sound = document.querySelector("[data-sound]");
let context;

function chime() {
  if (localStorage.getItem("by-sound") !== "on") return;
  context ??= new AudioContext();
  for (const [at, pitch] of [[0, 880], [0.18, 1175]]) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, context.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + at + 0.35);
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.4);
  }
}

function merge(column, fresh) {
  const head = fresh.querySelector(".by-board-head");
  if (column.querySelector(".by-board-head").innerHTML !== head.innerHTML) column.querySelector(".by-board-head").replaceWith(head);
  const list = column.querySelector(".by-board-list");
  const known = new Map([...list.querySelectorAll("[data-ticket]")].map((ticket) => [ticket.dataset.ticket, ticket]));
  let arrived = 0;
  const tickets = [...fresh.querySelectorAll("[data-ticket]")].map((ticket) => {
    const old = known.get(ticket.dataset.ticket);
    if (old && old.dataset.version === ticket.dataset.version && old.className === ticket.className) return old;
    if (!old) { ticket.dataset.arrived = ""; arrived += 1; }
    return ticket;
  });
  const focused = list.contains(document.activeElement) ? document.activeElement.closest("[data-ticket]")?.dataset.ticket : null;
  list.replaceChildren(...(tickets.length ? tickets : fresh.querySelector(".by-board-list").childNodes));
  if (focused) list.querySelector(`[data-ticket="${CSS.escape(focused)}"] button, [data-ticket="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
  return arrived;
}

const refresh = settled(async () => {
  const answer = await fetch(board.dataset.board, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (lost) lost.hidden = Boolean(answer?.ok);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const columns = [...board.querySelectorAll("[data-column]")];
  for (const [index, column] of columns.entries()) {
    const fresh = page.querySelector(`[data-column="${column.dataset.column}"]`);
    const arrived = fresh ? merge(column, fresh) : 0;
    if (index === 0 && arrived > 0) { chime(); news.textContent = `${news.dataset.new} ${arrived}`; }
  }
  document.dispatchEvent(new CustomEvent("by:changed"));
}, 80);

// Clocks on tickets run by themselves: `data-until` counts down, `data-since` counts up.
setInterval(() => {
  for (const clock of board.querySelectorAll("time[data-until], time[data-since]")) {
    const seconds = Math.round((new Date(clock.dataset.until ?? clock.dataset.since) - Date.now()) / 1000);
    const rest = Math.abs(seconds);
    const digits = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
    clock.textContent = clock.textContent.replace(/\d+:\d\d(:\d\d)?/, digits);
  }
}, 1000);

if (sound) {
  const draw = () => sound.setAttribute("aria-pressed", String(localStorage.getItem("by-sound") === "on"));
  sound.addEventListener("click", () => {
    localStorage.setItem("by-sound", localStorage.getItem("by-sound") === "on" ? "off" : "on");
    draw();
    chime();
  });
  draw();
}

listen(board.dataset.live, refresh, (connected) => { if (lost) lost.hidden = connected; });
