// Pan and zoom: wheel, pinch, drag, three buttons. Booths under 14 px hide their number.

import Panzoom from "../vendor/panzoom.js";

const BOOTH = 30; // units of the drawing: a booth of 3 m
const READABLE = 34; // px a booth should have on a phone
const TINY = 14;

export function zoomable(floor, svg) {
  floor.classList.add("moving");
  const units = Number(svg.dataset.width);
  const panzoom = Panzoom(svg, { canvas: true, minScale: 1, maxScale: 8, panOnlyWhenZoomed: true, cursor: "grab", step: 0.35 });
  const base = () => Math.min(svg.clientWidth / units, svg.clientHeight / svg.viewBox.baseVal.height);
  const tidy = () => svg.classList.toggle("tiny", base() * BOOTH * panzoom.getScale() < TINY);
  let start = null;
  let dragged = 0;

  floor.addEventListener("wheel", (event) => {
    panzoom.zoomWithWheel(event);
    tidy();
  }, { passive: false });
  floor.addEventListener("pointerdown", (event) => (start = [event.clientX, event.clientY]), true);
  floor.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > 6) dragged = Date.now();
  }, true);
  addEventListener("pointerup", () => (start = null), true);
  svg.addEventListener("panzoomchange", tidy);
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  for (const button of floor.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      if (button.dataset.zoom === "all") panzoom.reset();
      else if (button.dataset.zoom === "in") panzoom.zoomIn();
      else panzoom.zoomOut();
      tidy();
    });
    button.addEventListener("pointerdown", (event) => event.stopPropagation());
  }
  function bringIn(element) {
    const frame = floor.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    const inside = box.left >= frame.left + 8 && box.right <= frame.right - 8 && box.top >= frame.top + 8 && box.bottom <= frame.bottom - 8;
    if (!inside) {
      const scale = panzoom.getScale();
      const dx = frame.left + frame.width / 2 - (box.left + box.width / 2);
      const dy = frame.top + frame.height / 2 - (box.top + box.height / 2);
      panzoom.pan(dx / scale, dy / scale, { relative: true, animate: false, force: true });
    }
    tidy();
  }

  floor.querySelector(".plan-zoom").hidden = false;
  tidy();

  return {
    justDragged: () => Date.now() - dragged < 250,
    /** Brings a booth into view; on a small screen it zooms in until numbers can be read. */
    show(element) {
      if (!element) return;
      const wanted = (matchMedia("(max-width: 760px)").matches ? READABLE : TINY) / (base() * BOOTH);
      if (wanted > panzoom.getScale()) panzoom.zoom(Math.min(wanted, 8), { animate: false });
      requestAnimationFrame(() => requestAnimationFrame(() => bringIn(element)));
    },
  };
}
