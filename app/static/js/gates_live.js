// Draws the gates anew when scans came in: at most every two seconds, and every 20 s in any case.
import { subscribe } from "./live.js";

export default function gatesLive(element) {
  let due = false;
  let busy = false;
  const draw = async () => {
    if (busy || document.hidden) return;
    busy = true;
    due = false;
    try {
      const answer = await fetch(element.dataset.url, { headers: { "X-Fragment": "1" } });
      if (answer.ok) element.innerHTML = await answer.text();
    } catch { due = true; }
    setTimeout(() => { busy = false; if (due) draw(); }, 2000);
  };
  subscribe(element.dataset.slug, ["scans"], () => { due = true; draw(); });
  setInterval(draw, 20000);
}
