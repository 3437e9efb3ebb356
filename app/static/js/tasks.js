// Background tasks: while one is unfinished the list is asked for again and put in the place of the old one; focus stays.
const EVERY = 1500;

async function refresh() {
  const here = document.querySelector("[data-tasks]");
  if (!document.hidden && here.querySelector("[data-unfinished]")) {
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const focused = document.activeElement?.getAttribute("aria-label");
        here.replaceChildren(...page.querySelector("[data-tasks]").childNodes);
        if (focused && document.activeElement === document.body) here.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
      }
    } catch { /* away for a moment: the next round asks again */ }
  }
  setTimeout(refresh, EVERY);
}

setTimeout(refresh, EVERY);
