// The floor plan: choose booths, walk over them by keys, zoom, and follow what others do.

import { replaceKeeping } from "./kept_choices.js";
import { subscribe } from "./live.js";
import { walk } from "./floorplan_keys.js";
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
  let drawn = () => {};

  const zoom = svg ? zoomable(root.querySelector("#floor"), svg) : null;
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
    for (const number of now) if (!mine.has(number)) draw(booth(number), "mine");
    mine = now;
  }

  // What comes of an own deed is on the page already: the drawer stays as it is under the finger.
  function changed({ booths, state, plan }) {
    if (plan) return void setTimeout(redraw, Math.random() * 1500); // all that are open would ask in the same moment
    if (state === "held" && booths.every((number) => mine.has(number))) return;
    const shape = { not_let: "off" }[state] ?? state;
    const { card } = drawer.querySelector("[data-drawer-state]")?.dataset ?? {};
    let touched = false;
    for (const number of booths) {
      touched ||= mine.has(number) || picks.includes(number);
      if (!mine.has(number) || shape === "free") draw(booth(number), shape);
    }
    count();
    if (touched) {
      mine = new Set([...mine].filter((number) => !booths.includes(number)));
      load();
    } else if (booths.includes(card)) {
      if (shape === "free" && !picks.length) picks = [card]; // who waited for it can take it
      load(picks.includes(card) ? "" : card);
    }
  }

  // The organiser has drawn the hall anew: the same element holds the new drawing, so the view stays where it was.
  async function redraw() {
    const answer = svg && (await fetch(location.href));
    const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("hall");
    if (!fresh) return;
    if (fresh.getAttribute("aria-label") !== svg.getAttribute("aria-label")) return void location.reload(); // its hall is gone
    const at = svg.querySelector('.b[tabindex="0"]')?.dataset.n;
    const focused = svg.contains(document.activeElement);
    svg.setAttribute("viewBox", fresh.getAttribute("viewBox"));
    svg.replaceChildren(...fresh.childNodes);
    drawn(at);
    if (focused) svg.querySelector('.b[tabindex="0"]')?.focus();
    count();
    await load(drawer.querySelector("[data-drawer-state]")?.dataset.card ?? ""); // prices too may be others now
  }

  function draw(element, shape) {
    if (!element) return;
    const [, number, , rest] = element.getAttribute("aria-label").match(/^(\S+), (.*), ([^,]+(?:,\d+)?\sm²)$/) ?? [];
    const [x, y, w, h] = element.dataset.at.split(" ").map(Number);
    element.querySelectorAll(".plate, .nm, .frame").forEach((one) => one.remove());
    element.setAttribute("class", `b ${shape}${element.classList.contains("dim") ? " dim" : ""}${element.classList.contains("here") ? " here" : ""} just`);
    const fill = element.querySelector(".f");
    if (shape === "free" || shape === "mine") fill.removeAttribute("fill");
    else fill.setAttribute("fill", `url(#s-${shape})`);
    if (shape === "held" || shape === "off") fill.after(rect("plate", x + w / 2 - 11.5, y + h / 2 - 6.5, 23, 13));
    if (shape === "mine") fill.after(rect("frame", x + 3.6, y + 3.6, w - 7.2, h - 7.2));
    element.querySelector(".no").setAttribute("y", y + h / 2 + 3.2);
    if (number) element.setAttribute("aria-label", `${number}, ${words[shape]}, ${rest}`);
  }

  function rect(name, x, y, width, height) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of Object.entries({ class: name, x, y, width, height })) made.setAttribute(key, value);
    return made;
  }

  function count() {
    if (!svg) return;
    const free = svg.querySelectorAll(".b.free").length;
    for (const label of root.querySelectorAll("[data-free]")) {
      label.textContent = label.textContent.replace(/[\d.,]+/, free);
      label.ariaLabel &&= label.ariaLabel.replace(/[\d.,]+/, free);
    }
  }
}
