// A conversation: what is said arrives by itself, the newest in sight; nothing moves while somebody reads further up.
import { listen } from "baiye/live";

const chat = document.querySelector("[data-chat]");
const log = () => chat.querySelector("[data-chat-log]");
const atEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 40;

async function refresh() {
  const answer = await fetch(location.pathname, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-chat-log]");
  const list = log();
  if (!fresh || fresh.innerHTML === list.innerHTML) return;
  const stays = !atEnd(list);
  const top = list.scrollTop;
  list.innerHTML = fresh.innerHTML;
  list.scrollTop = stays ? top : list.scrollHeight;
}

log().scrollTop = log().scrollHeight;
listen(chat.dataset.chat, refresh, () => {});
