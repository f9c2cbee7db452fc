// The floor plan: choose booths, walk over them by keys, zoom, and follow what others do.

import { replaceKeeping } from "./kept_choices.js";
import { subscribe } from "./live.js";
import { walk } from "./floorplan_keys.js";
import { drawAnew, painter } from "./floorplan_paint.js";
import { zoomable } from "./floorplan_zoom.js";

export default function floorplan(root) {
  const svg = root.querySelector("#hall");
  const drawer = root.querySelector("#drawer");
  const words = JSON.parse(root.dataset.words);
  const booth = (number) => document.getElementById(`b-${number}`);
  const list = (text) => (text ? text.split(",") : []);
  let mine = new Set(list(root.dataset.mine));
  let picks = list(drawer.querySelector("[data-drawer-state]")?.dataset.picks);
  let asked = 0;
  let drawings = 0;
  let drawn = () => {};

  const paint = svg && painter(root, svg, words);
  const zoom = svg ? zoomable(root.querySelector("#floor"), svg, paint.near) : null;
  if (svg) {
    drawn = walk(svg, choose, clear);
    svg.addEventListener("click", (event) => {
      const element = event.target.closest(".b");
      if (!element) return;
      event.preventDefault();
      if (!zoom.justDragged()) choose(element, true);
    });
    const { card } = drawer.querySelector("[data-drawer-state]")?.dataset ?? {}; // a link or a search leads to it
    zoom.open([card, ...mine, ...picks].map(booth).find(Boolean), svg.querySelector(".b.free:not(.dim)"));
  }
  root.addEventListener("change", (event) => {
    if (!svg || !event.target.matches("[data-views]")) return;
    event.stopPropagation(); // or its form would send itself
    colour(event.target);
  }, true);
  drawer.addEventListener("click", (event) => {
    const chooser = event.target.closest("[data-choose]");
    if (!chooser || !svg || !booth(chooser.dataset.choose)) return;
    event.preventDefault();
    choose(booth(chooser.dataset.choose));
  });
  document.addEventListener("phien:hold-over", () => load());
  subscribe(root.dataset.slug, ["booths"], changed);
  root.dataset.ready = ""; // until then a booth's own link does what a touch does

  // A booth that was touched stays under the finger: the plan moves only if the sheet would cover it.
  function choose(element, touched = false) {
    const number = element.dataset.n;
    if (!element.classList.contains("free")) return load(number);
    picks = picks.includes(number) ? picks.filter((one) => one !== number) : [...picks, number];
    load(picks.includes(number) ? number : "", true).then(() => (touched ? zoom?.uncover(element) : zoom?.show(element)));
  }

  function clear() {
    picks = [];
    load();
  }

  async function load(card = "") {
    const turn = ++asked;
    const query = new URLSearchParams(location.search);
    for (const name of ["pick", "booth"]) query.delete(name);
    if (picks.length) query.set("pick", picks.join(","));
    history.replaceState(null, "", `?${query}`);
    query.set("pick", picks.join(","));
    if (card) query.set("booth", card);
    mark();
    const answer = await fetch(`${root.dataset.drawer}?${query}`, { headers: { "HX-Request": "true" } });
    if (turn !== asked || !answer.ok) return;
    replaceKeeping(drawer, await answer.text());
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: drawer } }));
    const state = drawer.querySelector("[data-drawer-state]").dataset;
    svg?.querySelector(".here")?.classList.remove("here");
    booth(state.card)?.classList.add("here");
    picks = list(state.picks);
    own(new Set(list(state.mine)));
    mark();
  }

  function mark() {
    if (!svg) return;
    for (const element of svg.querySelectorAll('[aria-pressed="true"]')) element.removeAttribute("aria-pressed");
    for (const number of picks) booth(number)?.setAttribute("aria-pressed", "true");
    root.classList.toggle("has-drawer", picks.length > 0 || mine.size > 0);
  }

  function own(now) {
    for (const number of now) if (!mine.has(number)) paint?.draw(booth(number), "mine");
    mine = now;
  }

  // What comes of an own deed is on the page already: the drawer stays as it is under the finger.
  function changed({ booths, state, plan }) {
    if (plan) return soon();
    if (state === "held" && booths.every((number) => mine.has(number))) return;
    const shape = { not_let: "off" }[state] ?? state;
    const { card } = drawer.querySelector("[data-drawer-state]")?.dataset ?? {};
    let touched = false;
    let known = true;
    for (const number of booths) {
      touched ||= mine.has(number) || picks.includes(number);
      if (!mine.has(number) || shape === "free") known = (paint?.draw(booth(number), shape) ?? true) && known;
    }
    paint?.count();
    if (!known) soon();
    if (touched) {
      mine = new Set([...mine].filter((number) => !booths.includes(number)));
      load();
    } else if (booths.includes(card)) {
      if (shape === "free" && !picks.length) picks = [card]; // who waited for it can take it
      load(picks.includes(card) ? "" : card);
    }
  }

  function soon() {
    setTimeout(redraw, Math.random() * 1500); // all that are open would ask in the same moment
  }

  // The same element holds the new drawing: the organiser's, or the one in other colours that was asked for.
  async function redraw() {
    if (!svg) return true;
    const turn = ++drawings;
    const focused = svg.contains(document.activeElement);
    const done = await drawAnew(root, svg, location.href, () => turn === drawings);
    if (done === false) location.reload(); // its hall is gone
    if (!done) return turn !== drawings;
    drawn(svg.dataset.stop);
    if (focused) svg.querySelector('.b[tabindex="0"]')?.focus();
    paint.count();
    paint.near();
    await load(drawer.querySelector("[data-drawer-state]")?.dataset.card ?? ""); // prices too may be others now
    return true;
  }

  // The colours stand in the address, for whoever gets the link; what is chosen and what is seen of the hall stays.
  async function colour(chooser) {
    const before = new URLSearchParams(location.search);
    const query = new URLSearchParams(before);
    if (chooser.value) query.set("view", chooser.value);
    else query.delete("view");
    history.replaceState(null, "", `?${query}`);
    if (await redraw()) return void root.querySelectorAll("[data-view]").forEach((one) => (one.value = chooser.value));
    history.replaceState(null, "", `?${before}`); // no network: the plan is as it was, and says so
    chooser.value = before.get("view") ?? "";
  }
}
