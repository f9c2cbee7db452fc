// Pan and zoom: wheel, pinch, drag, three buttons. Booths under 14 px hide their number.

import Panzoom from "../vendor/panzoom.js";

const BOOTH = 30; // units of the drawing: a booth of 3 m
const READABLE = 34; // px a booth should have on a phone
const TINY = 14;
const NEAR = 84; // px a booth has when the name of its exhibitor can be read in it

export function zoomable(floor, svg, near = () => {}) {
  floor.classList.add("moving");
  const units = Number(svg.dataset.width);
  const panzoom = Panzoom(svg, { canvas: true, minScale: 1, maxScale: 8, panOnlyWhenZoomed: true, cursor: "grab", step: 0.35 });
  const base = () => Math.min(svg.clientWidth / units, svg.clientHeight / svg.viewBox.baseVal.height);
  const tools = floor.parentElement.querySelector(".plan-zoom");
  const onPhone = () => matchMedia("(max-width: 760px)").matches;
  const tidy = () => {
    const across = base() * BOOTH * panzoom.getScale();
    svg.classList.toggle("tiny", across < TINY);
    svg.classList.toggle("near", across >= NEAR);
    near();
  };
  const legend = floor.parentElement.querySelector(".plan-legend");
  if (legend && onPhone()) legend.open = false; // on a phone it stands behind its word; before the plan is fitted
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
  for (const button of tools.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      const still = { animate: !onPhone() };
      if (button.dataset.zoom === "all") panzoom.reset(still);
      else if (button.dataset.zoom === "in") panzoom.zoomIn(still);
      else panzoom.zoomOut(still);
      tidy();
      if (onPhone()) settle();
    });
  }

  function moveBy(dx, dy) {
    const scale = panzoom.getScale();
    if (dx || dy) panzoom.pan(dx / scale, dy / scale, { relative: true, animate: false, force: true });
  }

  // No gap opens at an edge while drawing is left outside at the other; what is smaller begins at the top left corner.
  function settle() {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const frame = floor.getBoundingClientRect();
      const box = svg.getBoundingClientRect();
      const gap = (from, to, start, end) => (to - from <= end - start || from > start ? start - from : Math.max(0, end - to));
      moveBy(gap(box.left, box.right, frame.left, frame.right), gap(box.top, box.bottom, frame.top, frame.bottom));
    }));
  }

  function bringIn(element, middle) {
    const frame = floor.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    const off = (from, to, start, end) => {
      if (from >= start + 8 && to <= end - 8) return 0;
      if (middle) return (start + end) / 2 - (from + to) / 2;
      return from < start + 8 ? start + 8 - from : end - 8 - to;
    };
    moveBy(off(box.left, box.right, frame.left, frame.right), off(box.top, box.bottom, frame.top, frame.bottom));
    tidy();
  }

  tools.hidden = false;
  tidy();

  /** Brings a booth into view; on a small screen it zooms in until numbers can be read. */
  function show(element) {
    if (!element) return;
    const wanted = (onPhone() ? READABLE : TINY) / (base() * BOOTH);
    if (wanted > panzoom.getScale()) panzoom.zoom(Math.min(wanted, 8), { animate: false });
    requestAnimationFrame(() => requestAnimationFrame(() => {
      bringIn(element, true);
      settle();
    }));
  }

  function fill() {
    const drawn = svg.viewBox.baseVal.height * base();
    panzoom.zoom(Math.min(Math.max(floor.clientHeight / drawn, 1), 3), { animate: false });
    settle();
    tidy();
  }

  return {
    justDragged: () => Date.now() - dragged < 250,
    show,
    /** The first view: the reader's own booth; else on a phone as much as its height holds, on a screen a free booth. */
    open: (own, free) => (!own && onPhone() ? fill() : show(own ?? free)),
    /** Moves the plan no further than needed for the booth to be seen. */
    uncover: (element) => requestAnimationFrame(() => bringIn(element, false)),
  };
}
