// The form of a report shows what it would draw as it is filled in; another list brings its own columns.
import { drawIn } from "baiye/chart";
import { previewing } from "baiye/preview";

const box = document.querySelector("[data-report-preview]");
const form = box.closest("form");
const show = previewing(box, box.dataset.reportPreview, drawIn);

form.addEventListener("input", (event) => { if (event.target.name === "list_name") event.stopPropagation(); });
form.addEventListener("change", (event) => {
  if (event.target.name === "list_name") location.search = new URLSearchParams({ list_name: event.target.value });
  else if (event.target.name !== "title") show();
});
show();
