// The part of a page that keeps itself fresh: what changed elsewhere arrives by itself, unless somebody is typing in it.
import { listen } from "baiye/live";

const part = document.querySelector("[data-refresh]");
const state = document.querySelector("[data-live-state]");
const typing = () => part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

async function refresh() {
  if (typing()) return;
  const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-refresh]");
  const plain = (each) => each.innerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
  if (fresh && !typing() && plain(fresh) !== plain(part)) part.innerHTML = fresh.innerHTML;
}

listen(part.dataset.refresh, refresh, (on) => state?.toggleAttribute("data-lost", !on));
