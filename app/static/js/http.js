// Requests of ours to ourselves: JSON answers, the form token on every POST.
export const token = () => document.querySelector('meta[name="csrf-token"]').content;

export async function getJson(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

export function post(url, values) {
  const body = new URLSearchParams({ ...values, csrf_token: token() });
  return fetch(url, { method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
}

// Calls `work` once nothing has called again for `wait` milliseconds.
export function settled(work, wait = 150) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

// True while the person types somewhere, when single keys must stay letters.
export const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]") !== null;
