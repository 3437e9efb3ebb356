// The redeem desk: big keys, the camera, honesty about the network, and a list that keeps itself fresh.
import { listen } from "baiye/live";
import { settled } from "baiye/http";
import { codeReader } from "baiye/codes";

const desk = document.querySelector("[data-redeem]");
const form = desk.querySelector("[data-redeem-form]");
const code = form.querySelector("#code");
const lens = desk.querySelector("[data-redeem-lens]");
const video = desk.querySelector("[data-redeem-video]");
const camera = desk.querySelector("[data-redeem-camera]");
const offline = desk.querySelector("[data-redeem-offline]");

const spaced = (text) => (/^[\d\s]+$/.test(text) ? text.replace(/\s/g, "").replace(/(\d{4})(?=\d)/g, "$1 ") : text);

desk.addEventListener("click", (event) => {
  const key = event.target.closest("[data-redeem-key]")?.dataset.redeemKey;
  if (!key) return;
  const digits = code.value.replace(/\s/g, "");
  code.value = spaced(key === "clear" ? "" : key === "back" ? digits.slice(0, -1) : (digits + key).slice(0, 12));
});
code.addEventListener("input", () => { code.value = spaced(code.value); });
desk.addEventListener("change", (event) => {
  const count = event.target.closest("[data-redeem-count]");
  const amount = count?.form.querySelector("[data-redeem-amount]");
  if (amount) amount.textContent = amount.dataset.redeemAmount.split("|")[count.value - 1];
});

function connected() {
  offline.hidden = navigator.onLine;
  for (const button of desk.querySelectorAll("form button:not([type=button])")) button.toggleAttribute("data-waits", !navigator.onLine);
}
desk.addEventListener("submit", (event) => {
  if (navigator.onLine) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  offline.hidden = false;
  offline.scrollIntoView({ block: "nearest" });
}, true);
addEventListener("online", connected);
addEventListener("offline", connected);
connected();

let stream;
let timer;

function stop() {
  clearTimeout(timer);
  stream?.getTracks().forEach((track) => track.stop());
  stream = undefined;
  lens.hidden = true;
  words();
}
function words() {
  const label = camera.querySelector("[data-redeem-camera-words]");
  label.textContent = stream ? label.dataset.on : label.dataset.off;
}
function excuse(why) {
  for (const each of desk.querySelectorAll("[data-redeem-excuse]")) each.hidden = each.dataset.redeemExcuse !== why;
}
async function look(reader) {
  if (!stream) return;
  const [found] = await reader.detect(video).catch(() => []);
  if (found && stream) {
    code.value = found.rawValue;
    stop();
    form.requestSubmit();
    return;
  }
  timer = setTimeout(() => look(reader), 150);
}
const REFUSED = ["NotAllowedError", "SecurityError"];
const ABSENT = ["NotFoundError", "OverconstrainedError"];
function reason(error) {
  if (REFUSED.includes(error.name)) return "refused";
  return ABSENT.includes(error.name) ? "absent" : "busy";
}
async function start() {
  if (stream) { stop(); return; }
  excuse("");
  const reading = codeReader(desk.dataset);
  reading.catch(() => {}); // looked at below, after the camera's own answer
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    lens.hidden = false;
    words();
    await video.play();
  } catch (error) {
    stop();
    excuse(reason(error));
    code.focus();
    return;
  }
  try {
    look(await reading);
  } catch {
    stop();
    excuse("unread");
    code.focus();
  }
}
if (navigator.mediaDevices) {
  camera.hidden = false;
  camera.addEventListener("click", start);
} else {
  excuse("unread");
}
addEventListener("pagehide", stop);

const refresh = settled(async () => {
  const answer = await fetch(desk.dataset.list, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-redeem-list]");
  const list = desk.querySelector("[data-redeem-list]");
  if (fresh && !list.contains(document.activeElement) && list.innerHTML !== fresh.innerHTML) list.replaceWith(fresh);
});
const live = document.querySelector("[data-live-state]");
listen(desk.dataset.live, refresh, (on) => live?.toggleAttribute("data-lost", !on));

desk.querySelector("[data-redeem-found]")?.focus({ preventScroll: false });
if (!desk.querySelector("[data-redeem-found]") && matchMedia("(pointer: fine)").matches) code.focus();
