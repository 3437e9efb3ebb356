// A form shows what it would make while it is filled in: `previewing(box, address)` returns what asks for it, a moment after the last call.
import { settled } from "baiye/http";

export function previewing(box, address, drawn = () => {}) {
  const form = box.closest("form");
  return settled(async () => {
    const asked = new URLSearchParams(new FormData(form));
    asked.delete("csrf_token");
    const answer = await fetch(`${address}?${asked}`, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) return;
    box.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    drawn(box);
  }, 200);
}
