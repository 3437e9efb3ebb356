// Lists: ticking rows and what the ticked allow, j k Enter x.
import { typing } from "baiye/http";

for (const form of document.querySelectorAll("[data-list]")) {
  const [all, bulk] = [form.querySelector("[data-tick-all]"), form.querySelector("[data-bulk]")];
  const ticks = [...form.querySelectorAll('input[name="key"]')];
  const rows = [...form.querySelectorAll("tbody tr")];
  let here = -1;

  const update = () => {
    const chosen = ticks.filter((tick) => tick.checked);
    for (const tick of ticks) tick.closest("tr").setAttribute("aria-selected", String(tick.checked));
    if (!bulk) return;
    bulk.hidden = chosen.length === 0;
    bulk.querySelector("[data-bulk-count]").textContent = chosen.length;
    for (const button of bulk.querySelectorAll("[data-from]")) {
      const fits = chosen.filter((tick) => button.dataset.from.split(" ").includes(tick.dataset.state)).length;
      button.querySelector("[data-fits]").textContent = fits === chosen.length ? "" : `（${fits}）`;
      button.disabled = fits === 0;
    }
    all.checked = chosen.length === ticks.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  };

  const step = (to) => {
    rows[here]?.removeAttribute("data-here");
    here = Math.max(0, Math.min(rows.length - 1, to));
    rows[here].dataset.here = "";
    rows[here].querySelector("a, input")?.focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  };

  form.addEventListener("change", (event) => {
    if (event.target === all) for (const tick of ticks) tick.checked = all.checked;
    update();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-untick]")) { for (const tick of ticks) tick.checked = false; update(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onTick = event.target.matches?.('input[name="key"]');
    if (typing(event.target) && !onTick) return;
    if (event.key === "j") step(here + 1);
    else if (event.key === "k") step(here - 1);
    else if (event.key === "x" && here >= 0 && ticks[here]) { ticks[here].checked = !ticks[here].checked; update(); }
    else if (event.key === "Enter" && here >= 0 && !event.target.matches("a, button")) rows[here].querySelector("a")?.click();
  });
  update();
}
