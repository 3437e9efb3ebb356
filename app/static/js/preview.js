// A form shows what it would make while it is filled in: `previewing(box, address)` returns what asks for it, a moment after the last call.
import { settled } from "baiye/http";
import { waiting } from "baiye/progress";

export function previewing(box, address, drawn = () => {}) {
  const form = box.closest("form");
  let stop = () => {};
  return settled(async () => {
    const asked = new URLSearchParams(new FormData(form));
    asked.delete("csrf_token");
    stop();
    const mine = stop = waiting([box]);
    const answer = await fetch(`${address}?${asked}`, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    const words = answer?.ok ? await answer.text() : null;
    if (mine !== stop) return; // asked again since: the later answer counts
    stop();
    if (words === null) return;
    box.replaceChildren(...new DOMParser().parseFromString(words, "text/html").body.childNodes);
    drawn(box);
  }, 200);
}
