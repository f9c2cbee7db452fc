// The organiser's day stays true by itself: when scans, booths or deals change, the page asks for its figures anew.

import { subscribe } from "./live.js";

const PAUSE_MS = 2000;

export default function day(element) {
  if (!("live" in element.dataset)) return;
  let waiting = null;
  const refresh = async () => {
    waiting = null;
    const open = element.querySelector("details.behind")?.open;
    const answer = await fetch(location.href, { headers: { "X-Fragment": "1" } });
    if (!answer.ok || answer.redirected) return;
    element.innerHTML = await answer.text();
    const table = element.querySelector("details.behind");
    if (table && open) table.open = true;
  };
  subscribe(
    element.dataset.slug,
    element.dataset.topics.split(","),
    () => (waiting ??= setTimeout(refresh, PAUSE_MS)),
    (state) => element.querySelector('[data-part="dot"]')?.setAttribute("data-state", state),
  );
}
