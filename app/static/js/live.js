// One stream of server-sent events a browser: the tab that holds the lock reads it and tells the others.
// Where the stream does not get through (proxies), the page asks every few seconds instead.

const FALLBACK_AFTER_ERRORS = 3;
const POLL_MS = 3000;

/** Calls `onEvent({id, topic, …})` for what changes from now on; `onState("live" | "asking" | "offline")` when the way changes. */
export function subscribe(slug, topics, onEvent, onState = () => {}) {
  const query = `topics=${topics.join(",")}`;
  const base = `/fairs/${slug}/live`;
  const seen = new Set();
  const tell = (event) => {
    if (seen.has(event.id)) return;
    seen.add(event.id);
    if (seen.size > 2000) seen.delete(seen.values().next().value);
    onEvent(event);
  };
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`phien-live-${slug}-${query}`) : null;
  channel?.addEventListener("message", ({ data }) => tell(data));
  const share = (event) => {
    tell(event);
    channel?.postMessage(event);
  };
  const read = () => new Promise(() => listen(base, query, share, onState));
  if (navigator.locks) navigator.locks.request(`phien-live-${slug}-${query}`, read);
  else read();
}

function listen(base, query, share, onState) {
  let errors = 0;
  const source = new EventSource(`${base}?${query}`);
  source.onopen = () => {
    errors = 0;
    onState("live");
  };
  source.onmessage = ({ data }) => share(JSON.parse(data));
  source.onerror = () => {
    errors += 1;
    onState("offline");
    if (errors >= FALLBACK_AFTER_ERRORS || source.readyState === EventSource.CLOSED) {
      source.close();
      poll(base, query, share, onState);
    }
  };
}

async function poll(base, query, share, onState) {
  let after = null;
  for (;;) {
    try {
      const answer = await fetch(`${base}/since?${query}${after === null ? "" : `&after=${after}`}`);
      if (answer.ok) {
        const { last, events } = await answer.json();
        events.forEach(share);
        after = last;
        onState("asking");
      }
    } catch {
      onState("offline");
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}
