// The board: the hall as SVG, seen through a window that moves, and the pointer's gestures on it.

import { around, bottom, right, snapped, stretched } from "./drawing_moves.js";
import { make } from "./drawing_svg.js";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const AROUND = 300; // cm of room around the hall
const HANDLED = matchMedia("(pointer: coarse)").matches ? 72 : 34; // px that a thing must measure on the screen to be stretched by its handles
const said = (one) => (document.documentElement.lang !== "vi" && one.name_en) || one.name;

export class Board {
  /**
   * `acts`: selected(ids), moved(dx, dy), resized(item), drawn(box), and `store`, `selection`, `tool`, `grid` to read.
   * `acts.extras`: what draws and takes gestures of its own, by draw(), handles(item) and grab(event, x, y).
   */
  constructor(svg, acts) {
    Object.assign(this, { svg, acts, pointers: new Map(), gesture: null });
    this.layers = Object.fromEntries(["floor", "backdrop", "areas", "things", "frames"].map((name) => [name, svg.appendChild(make("g", { class: name }))]));
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, (event) => this.up(event));
    new ResizeObserver(() => this.window && this.look(this.window)).observe(svg);
  }

  /** All of the hall. */
  fit() {
    const { width_cm: w, depth_cm: d } = this.acts.store.size;
    this.look({ x: -AROUND, y: -AROUND, w: w + 2 * AROUND, h: d + 2 * AROUND });
  }

  look(window) {
    const { clientWidth: width, clientHeight: height } = this.svg;
    const scale = Math.max(window.w / (width || 1), window.h / (height || 1));
    const [w, h] = [width * scale, height * scale];
    this.window = { x: window.x + (window.w - w) / 2, y: window.y + (window.h - h) / 2, w, h };
    this.svg.setAttribute("viewBox", `${this.window.x} ${this.window.y} ${w} ${h}`);
    this.svg.style.setProperty("--px", scale);
    this.svg.classList.toggle("tiny", 300 / scale < 22);
    if (this.acts.store.size) this.frame();
  }

  zoom(factor, at = null) {
    const { x, y, w, h } = this.window;
    const size = Math.min(Math.max(w * factor, 400), 400_000) / w;
    const [px, py] = at ?? [x + w / 2, y + h / 2];
    this.look({ x: px - (px - x) * size, y: py - (py - y) * size, w: w * size, h: h * size });
  }

  /** The middle of what is seen, in centimetres. */
  middle() {
    const { x, y, w, h } = this.window;
    return { x: x + w / 2, y: y + h / 2 };
  }

  /** Moves the window until a thing is seen. */
  bring(one) {
    const { x, y, w, h } = this.window;
    if (one.x_cm >= x && right(one) <= x + w && one.y_cm >= y && bottom(one) <= y + h) return;
    this.look({ x: one.x_cm + one.width_cm / 2 - w / 2, y: one.y_cm + one.depth_cm / 2 - h / 2, w, h });
  }

  /** Where a pointer is, in centimetres. */
  at(event) {
    const box = this.svg.getBoundingClientRect();
    return [this.window.x + ((event.clientX - box.left) / box.width) * this.window.w, this.window.y + ((event.clientY - box.top) / box.height) * this.window.h];
  }

  draw() {
    const { store } = this.acts;
    const { width_cm: w, depth_cm: d } = store.size;
    this.layers.floor.replaceChildren(make("rect", { class: "ground", width: w, height: d }), ...this.grid(w, d));
    this.layers.things.replaceChildren(...store.items.filter((one) => one.type !== "area").map((one) => this.thing(one)));
    for (const extra of this.acts.extras) extra.draw();
    this.frame();
  }

  grid(w, d) {
    const lines = [];
    for (let x = 300; x < w; x += 300) lines.push(`M${x} 0V${d}`);
    for (let y = 300; y < d; y += 300) lines.push(`M0 ${y}H${w}`);
    return [make("path", { class: "grid", d: lines.join("") })];
  }

  thing(one) {
    const { store, faulty } = this.acts;
    const group = make("g", { "data-id": one.id, class: one.type === "booth" ? `booth ${this.look_of(one)}` : `piece ${one.kind}` });
    if (faulty.has(one.id)) group.classList.add("wrong");
    if (one.kind === "entrance") return this.entrance(group, one);
    const inset = one.type === "booth" ? 6 : 0;
    group.append(make("rect", { x: one.x_cm + inset, y: one.y_cm + inset, width: Math.max(4, one.width_cm - 2 * inset), height: Math.max(4, one.depth_cm - 2 * inset) }));
    const [x, y] = [one.x_cm + one.width_cm / 2, one.y_cm + one.depth_cm / 2];
    const words = one.type === "booth" ? one.number || "–" : said(one);
    const size = Math.min(84, Math.max(28, (one.width_cm - 20) / (0.62 * words.length || 1)));
    if (words) group.append(make("text", { x, y: y + size * 0.36 }, words));
    if (words && one.type === "booth") group.lastChild.style.fontSize = `${size}px`;
    if (store.isTaken(one)) group.append(make("title", {}, `${one.number}: ${store.taken.get(one.id).exhibitor}`));
    return group;
  }

  look_of(one) {
    if (this.acts.store.isTaken(one)) return this.acts.store.taken.get(one.id).state === "let" ? "let" : "held";
    return { free: "free", not_let: "off", show: "show" }[one.state];
  }

  entrance(group, one) {
    const { width_cm: w, depth_cm: d } = this.acts.store.size;
    const half = one.width_cm / 2;
    const [x, y, lies] = { north: [one.at_cm, 0, true], south: [one.at_cm, d, true], west: [0, one.at_cm, false], east: [w, one.at_cm, false] }[one.side];
    group.append(make("path", { class: "door", d: lies ? `M${x - half} ${y}H${x + half}` : `M${x} ${y - half}V${y + half}` }));
    group.append(make("text", { x, y: y + (one.side === "north" ? -60 : lies ? 120 : 0) }, said(one)));
    return group;
  }

  /** Frames around what is chosen, with handles where one thing can be stretched. */
  frame() {
    const { store, selection } = this.acts;
    const chosen = store.items.filter((one) => selection.has(one.id));
    const frames = chosen.filter((one) => one.kind !== "entrance").map((one) => make("rect", { class: "chosen", x: one.x_cm, y: one.y_cm, width: one.width_cm, height: one.depth_cm }));
    const [one] = chosen;
    const scale = this.window ? this.window.w / this.svg.clientWidth : 1;
    const own = chosen.length === 1 && this.acts.extras.map((extra) => extra.handles?.(one)).find(Boolean);
    if (own) frames.splice(0, 1, ...own);
    else if (chosen.length === 1 && one.kind !== "entrance" && !store.isTaken(one) && Math.max(one.width_cm, one.depth_cm) > HANDLED * scale) {
      for (const handle of HANDLES) {
        const x = handle.includes("w") ? one.x_cm : handle.includes("e") ? right(one) : one.x_cm + one.width_cm / 2;
        const y = handle.includes("n") ? one.y_cm : handle.includes("s") ? bottom(one) : one.y_cm + one.depth_cm / 2;
        frames.push(make("circle", { class: `handle ${handle}`, "data-handle": handle, cx: x, cy: y }));
      }
    }
    this.layers.frames.replaceChildren(...frames);
    for (const group of this.groups) group.classList.toggle("picked", selection.has(Number(group.dataset.id)));
  }

  /** All that is drawn for things. */
  get groups() {
    return [...this.layers.areas.children, ...this.layers.things.children];
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 240), this.at(event));
  }

  down(event) {
    if (event.button > 1) return;
    this.svg.setPointerCapture(event.pointerId);
    this.svg.focus({ preventScroll: true });
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 2) return void this.pinch();
    if (this.pointers.size > 2) return;
    const [x, y] = this.at(event);
    const { store, selection, tool } = this.acts;
    const start = { x, y, clientX: event.clientX, clientY: event.clientY };
    const handle = event.target.dataset.handle;
    const id = Number(event.target.closest("[data-id]")?.dataset.id ?? 0);
    const one = store.items.find((each) => each.id === id);
    const own = this.panning || event.button === 1 ? null : this.acts.extras.map((extra) => extra.grab?.(event, x, y)).find(Boolean);
    if (own) this.gesture = { kind: "own", start, own };
    else if (event.button === 1 || this.panning) this.gesture = { kind: "pan", start };
    else if (handle && tool === "select") this.gesture = { kind: "stretch", start, handle, one: store.items.find((each) => selection.has(each.id)) };
    else if (tool !== "select") this.gesture = { kind: "draw", start };
    else if (one && event.pointerType === "touch" && !selection.has(id)) this.gesture = { kind: "pan", start, id };
    else if (one) {
      const adds = event.shiftKey || event.ctrlKey || event.metaKey || this.acts.several;
      const drops = adds && selection.has(id) ? id : 0; // unless all that is chosen is dragged by it
      if (!selection.has(id)) this.acts.selected(adds ? [...selection, id] : [id]);
      this.gesture = { kind: "move", start, drops };
    } else this.gesture = { kind: event.pointerType === "touch" ? "pan" : "marquee", start, add: event.shiftKey };
  }

  pinch() {
    this.gesture?.own?.cancel?.();
    const [a, b] = [...this.pointers.values()];
    this.gesture = { kind: "pinch", apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), window: this.window };
    this.layers.frames.querySelector(".rubber")?.remove();
    this.shift(0, 0);
  }

  move(event) {
    if (!this.pointers.has(event.pointerId) || !this.gesture) return;
    this.pointers.set(event.pointerId, event);
    const { gesture } = this;
    const [x, y] = this.at(event);
    gesture.far ||= gesture.start && Math.hypot(event.clientX - gesture.start.clientX, event.clientY - gesture.start.clientY) > 4;
    if (gesture.kind === "pinch") return void this.pinched();
    if (!gesture.far) return;
    if (gesture.kind === "pan") this.look({ ...this.window, x: this.window.x + gesture.start.x - x, y: this.window.y + gesture.start.y - y });
    else if (gesture.kind === "own") gesture.own.move?.(x, y, event);
    else if (gesture.kind === "move") this.drag(gesture, x - gesture.start.x, y - gesture.start.y, event.altKey);
    else if (gesture.kind === "stretch") {
      gesture.box = stretched(gesture.one, gesture.handle, x, y, event.altKey ? 1 : this.acts.grid);
      this.rubber(gesture.box);
    } else this.rubber((gesture.box = this.spanned(gesture, x, y)));
  }

  pinched() {
    const [a, b] = [...this.pointers.values()];
    const { gesture } = this;
    const size = gesture.apart / Math.max(20, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
    const { x, y, w, h } = gesture.window;
    this.look({ x: x + (w - w * size) / 2, y: y + (h - h * size) / 2, w: w * size, h: h * size });
  }

  spanned({ kind, start }, x, y) {
    const on = (value) => (kind === "draw" ? Math.max(0, Math.round(value / this.acts.grid) * this.acts.grid) : value);
    const [left, top] = [on(Math.min(start.x, x)), on(Math.min(start.y, y))];
    return { x_cm: left, y_cm: top, width_cm: on(Math.max(start.x, x)) - left, depth_cm: on(Math.max(start.y, y)) - top };
  }

  drag(gesture, dx, dy, free) {
    const { store, movable, grid } = this.acts;
    const chosen = movable();
    if (!chosen.length) return;
    gesture.box ??= around(chosen);
    const ids = new Set(chosen.map((one) => one.id));
    gesture.others ??= store.items.filter((one) => !ids.has(one.id) && one.kind !== "entrance");
    const to = { ...gesture.box, x_cm: gesture.box.x_cm + dx, y_cm: gesture.box.y_cm + dy };
    const snap = free ? { dx: 0, dy: 0 } : snapped(to, gesture.others, grid, Math.min(40, 8 * (this.window.w / this.svg.clientWidth)));
    gesture.by = [Math.max(-gesture.box.x_cm, Math.round(dx + snap.dx)), Math.max(-gesture.box.y_cm, Math.round(dy + snap.dy))];
    this.shift(...gesture.by, ids);
  }

  /** Shows the chosen things elsewhere while they are dragged; nothing is changed yet. */
  shift(dx, dy, ids = new Set()) {
    for (const group of this.groups) {
      if (ids.has(Number(group.dataset.id))) group.setAttribute("transform", `translate(${dx} ${dy})`);
      else group.removeAttribute("transform");
    }
    this.layers.frames.setAttribute("transform", `translate(${dx} ${dy})`);
  }

  rubber(box) {
    let rubber = this.layers.frames.querySelector(".rubber");
    if (!rubber) rubber = this.layers.frames.appendChild(make("rect", { class: "rubber" }));
    for (const [name, value] of [["x", box.x_cm], ["y", box.y_cm], ["width", box.width_cm], ["height", box.depth_cm]]) rubber.setAttribute(name, value);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || !this.gesture) return;
    const { gesture } = this;
    if (this.pointers.size) return;
    this.gesture = null;
    this.layers.frames.removeAttribute("transform");
    this.layers.frames.querySelector(".rubber")?.remove();
    if (event.type === "pointercancel") return void (gesture.own?.cancel?.(), this.draw());
    if (gesture.kind === "own") return void gesture.own.up(gesture.far, ...this.at(event), event);
    if (gesture.kind === "draw") this.acts.drawn(gesture.far ? gesture.box : null, gesture.start, event.shiftKey);
    else if (gesture.kind === "stretch" && gesture.box) this.acts.resized({ ...gesture.one, ...gesture.box });
    else if (gesture.kind === "move" && gesture.by) this.acts.moved(...gesture.by);
    else if (gesture.kind === "move" && gesture.drops && !gesture.far) this.acts.selected([...this.acts.selection].filter((id) => id !== gesture.drops));
    else if (gesture.kind === "pan" && gesture.id && !gesture.far) this.acts.selected(this.acts.several ? [...this.acts.selection, gesture.id] : [gesture.id]);
    else if (gesture.kind === "marquee" || (gesture.kind === "pan" && !gesture.far)) this.marquee(gesture);
  }

  marquee({ box, far, add }) {
    if (!far) return void this.acts.selected([]);
    const inside = (one) => one.kind !== "entrance" && one.type !== "area" && one.x_cm < right(box) && right(one) > box.x_cm && one.y_cm < bottom(box) && bottom(one) > box.y_cm;
    const met = this.acts.store.items.filter(inside).map((one) => one.id);
    this.acts.selected(add ? [...new Set([...this.acts.selection, ...met])] : met);
  }
}
