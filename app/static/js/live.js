// Hear of changes: server-sent events, polling when they cannot be had. Calls `changed(news)`; `state(true|false)` says whether we are connected.
const POLL = 10_000;
const RETRY = 5_000;
const ANYWAY = 60_000; // a stream can die without a word: a phone that slept, a proxy that dropped it

export function listen(url, changed, state) {
  let source;
  let timer;

  const poll = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (!document.hidden) await changed({});
      poll();
    }, POLL);
  };
  const connect = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => { clearTimeout(timer); state(true); });
    source.addEventListener("change", (event) => changed(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      // Closed for good means that the server has no stream left for us: ask at intervals instead.
      if (source.readyState === EventSource.CLOSED) { poll(); setTimeout(connect, RETRY * 12); } else state(false);
    });
  };
  connect();
  setInterval(() => { if (!document.hidden) changed({}); }, ANYWAY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) changed({}); });
  window.addEventListener("pagehide", () => source.close());
}
