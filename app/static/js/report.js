// The form of a report shows what it would draw as it is filled in; another list brings its own columns.
import { drawIn } from "baiye/chart";
import { settled } from "baiye/http";

const box = document.querySelector("[data-report-preview]");
const form = box.closest("form");

const show = settled(async () => {
  const asked = new URLSearchParams(new FormData(form));
  asked.delete("csrf_token");
  const answer = await fetch(`${box.dataset.reportPreview}?${asked}`, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) return;
  box.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  drawIn(box);
}, 200);

form.addEventListener("input", (event) => { if (event.target.name === "list_name") event.stopPropagation(); });
form.addEventListener("change", (event) => {
  if (event.target.name === "list_name") location.search = new URLSearchParams({ list_name: event.target.value });
  else if (event.target.name !== "title") show();
});
show();
