// One stream of server-sent events a browser: the tab that holds the lock reads it and tells the others.
// Where the stream does not get through (a proxy, or a server without a seat left), the page asks every few seconds
// instead, and tries the stream again after some minutes.

const FALLBACK_AFTER_ERRORS = 3;
const POLL_MS = 3000;
const STREAM_AGAIN_MS = 180_000; // and up to as long again: pages refused together shall not come back together

/** Calls `onEvent({id, topic, …})` for what changes from now on; `onState("live" | "asking" | "offline")` when the way changes. */
export function subscribe(slug, topics, onEvent, onState = () => {}, base = `/fairs/${slug}/live`) {
  const query = `topics=${topics.join(",")}`;
  const seen = new Set();
  const tell = (event) => {
    if (seen.has(event.id)) return;
    seen.add(event.id);
    if (seen.size > 2000) seen.delete(seen.values().next().value);
    onEvent(event);
  };
  const channel = sharing(`phien-live-${slug}-${query}`);
  channel?.addEventListener("message", ({ data }) => tell(data));
  const share = (event) => {
    tell(event);
    channel?.postMessage(event);
  };
  const read = () => follow({ base, query, share, onState, last: null });
  if (navigator.locks) navigator.locks.request(`phien-live-${slug}-${query}`, read).catch(read);
  else read();
}

// In a frame of another site a browser that keeps storage from it refuses both, and the frame reads for itself.
function sharing(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}

async function follow(way) {
  for (;;) {
    await stream(way);
    const until = Date.now() + STREAM_AGAIN_MS * (1 + Math.random());
    while (Date.now() < until) {
      way.onState((await ask(way)) ? "asking" : "offline");
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }
}

// Reads the stream until it does not get through. A refusal (503) closes it at once, a lost network after some tries.
function stream(way) {
  return new Promise((ended) => {
    let errors = 0;
    const source = new EventSource(`${way.base}?${way.query}`);
    source.onopen = () => {
      errors = 0;
      way.onState("live");
      if (way.last !== null) ask(way); // what came between the last answer and this moment
    };
    source.onmessage = ({ data }) => hear(way, JSON.parse(data));
    source.onerror = () => {
      errors += 1;
      way.onState("offline");
      if (errors < FALLBACK_AFTER_ERRORS && source.readyState !== EventSource.CLOSED) return;
      source.close();
      ended();
    };
  });
}

async function ask(way) {
  try {
    const answer = await fetch(`${way.base}/since?${way.query}${way.last === null ? "" : `&after=${way.last}`}`);
    if (!answer.ok) return false;
    const { last, events } = await answer.json();
    events.forEach((event) => hear(way, event));
    way.last = Math.max(way.last ?? 0, last);
    return true;
  } catch {
    return false;
  }
}

function hear(way, event) {
  way.last = Math.max(way.last ?? 0, event.id);
  way.share(event);
}
