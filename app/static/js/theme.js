// Light, dark, or the system's choice: the server keeps it, the page changes at once.
import { post } from "baiye/http";

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form) return;
  const button = form.querySelector("button");
  const theme = button.value;
  event.preventDefault();
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("by:theme"));
  post(form.action, { theme }).then(() => location.reload());
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-density]:is(button)");
  if (!button) return;
  const density = button.dataset.density;
  if (density === "compact") document.documentElement.dataset.density = "compact";
  else delete document.documentElement.dataset.density;
  button.dataset.density = density === "compact" ? "normal" : "compact";
  post("/preferences/", { density });
});

