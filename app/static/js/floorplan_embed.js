// The plan in a frame of another site: zoom, keys and live states as on its own page; a booth opens there, in a new tab.

import { walk } from "./floorplan_keys.js";
import { drawAnew, painter } from "./floorplan_paint.js";
import { zoomable } from "./floorplan_zoom.js";
import { subscribe } from "./live.js";

export default function floorplanEmbed(root) {
  const svg = root.querySelector("#hall");
  const floor = root.querySelector("#floor");
  const paint = painter(root, svg, JSON.parse(root.dataset.words));
  const booth = (number) => document.getElementById(`b-${number}`);
  const zoom = zoomable(floor, svg, paint.near);
  const drawn = walk(svg, (element) => element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })), () => {});

  svg.addEventListener("click", (event) => {
    if (event.target.closest(".b") && zoom.justDragged()) event.preventDefault();
  });
  zoom.open(booth(floor.dataset.shown), svg.querySelector(".b.free"));
  subscribe(root.dataset.slug, ["booths"], changed);
  root.dataset.ready = "";

  function changed({ booths, state, plan }) {
    if (plan) return soon();
    const shape = { not_let: "off" }[state] ?? state;
    const known = booths.map((number) => paint.draw(booth(number), shape));
    paint.count();
    if (known.includes(false)) soon();
  }

  // All that are open would ask in the same moment.
  function soon() {
    setTimeout(async () => {
      if ((await drawAnew(root, svg, location.href)) === false) return void location.reload();
      drawn(svg.dataset.stop);
      paint.count();
      paint.near();
    }, Math.random() * 1500);
  }
}
