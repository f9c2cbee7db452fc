// Draws the gates anew when scans came in: at once, and once more when those are kept that the server tells of no more
// within the same second. Every 20 s in any case. A fire alarm changes what the page offers, and opens it anew.
import { subscribe } from "./live.js";

const PAUSE_MS = 1200;

export default function gatesLive(element) {
  let due = 0; // drawings that are still owed
  let busy = false;
  const draw = async () => {
    if (busy || document.hidden) return;
    busy = true;
    due -= 1;
    const open = [...element.querySelectorAll("details[open]")].map((details) => details.className);
    try {
      const answer = await fetch(element.dataset.url, { headers: { "X-Fragment": "1" } });
      if (answer.ok && !answer.redirected) element.innerHTML = await answer.text();
      for (const details of element.querySelectorAll("details")) details.open ||= open.includes(details.className);
    } catch { due += 1; }
    setTimeout(() => { busy = false; if (due > 0) draw(); }, PAUSE_MS);
  };
  const once = () => {
    due = Math.max(due, 1);
    draw();
  };
  subscribe(
    element.dataset.slug,
    ["scans", "alarm"],
    ({ topic }) => {
      if (topic === "alarm") return location.reload();
      due = 2;
      return draw();
    },
    (state) => state === "live" && once(), // what came between the page and its stream
  );
  document.addEventListener("visibilitychange", once);
  setInterval(once, 20000);
}
