// Points set one after another on the board, by the pointer or by keys: corners of an area, ends of a distance.

import { snapped } from "./drawing_moves.js";
import { make } from "./drawing_svg.js";

const coarse = matchMedia("(pointer: coarse)").matches;
const REACH = coarse ? 22 : 10; // px within which a point is met
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Once a touch has ended: the page scrolls to the field, and the rest of the touch would meet another there. */
export const focusSoon = (field) => setTimeout(() => field.focus(), coarse ? 150 : 0);

export class Pen {
  /**
   * Draws while `tool` is taken. `most` points end it, else the first one does when it is met again. `done(points)`
   * takes them; `box(box)`, where there is one, a rectangle that was dragged. `free`: points are set off the grid.
   */
  constructor(ed, board, { tool, most = Infinity, free = false, done, box = null }) {
    Object.assign(this, { ed, board, tool, most, free, done, box, points: [], cursor: null });
    this.layer = board.svg.appendChild(make("g", { class: "pen" }));
    board.svg.addEventListener("pointermove", (event) => {
      if (!this.taken || event.pointerType === "touch") return;
      this.cursor = this.at(...board.at(event), event.altKey);
      this.draw();
    });
  }

  get taken() {
    return this.ed.tool === this.tool;
  }

  get scale() {
    return this.board.window.w / (this.board.svg.clientWidth || 1);
  }

  /** Where a point is set: on an edge of things nearby or the grid, within the hall. */
  at(x, y, free = false) {
    const { store, grid } = this.ed;
    let [px, py] = [x, y];
    if (!free && !this.free) {
      const others = store.items.filter((one) => one.kind !== "entrance");
      const { dx, dy } = snapped({ x_cm: x, y_cm: y, width_cm: 0, depth_cm: 0 }, others, grid, Math.min(40, 8 * this.scale));
      [px, py] = [x + dx, y + dy];
    }
    const within = (value, most) => Math.round(Math.max(0, Math.min(value, most)));
    return [within(px, store.size.width_cm), within(py, store.size.depth_cm)];
  }

  grab(event, x, y) {
    if (!this.taken) return null;
    const from = this.at(x, y, event.altKey);
    const boxed = this.box && !this.points.length;
    const spanned = (to) => ({ x_cm: Math.min(from[0], to[0]), y_cm: Math.min(from[1], to[1]), width_cm: Math.abs(to[0] - from[0]), depth_cm: Math.abs(to[1] - from[1]) });
    return {
      move: (px, py, moved) => {
        this.cursor = this.at(px, py, moved.altKey);
        if (boxed) this.board.rubber(spanned(this.cursor));
        this.draw();
      },
      up: (far, px, py, ended) => {
        const to = this.at(px, py, ended.altKey);
        const box = spanned(to);
        if (boxed && far && box.width_cm && box.depth_cm) return this.box(box);
        return this.put(to, REACH * this.scale);
      },
    };
  }

  /** One more point; the first again, within `reach` cm, or the last one again ends it. */
  put(point, reach = 0) {
    const [first, last] = [this.points[0], this.points.at(-1)];
    const meets = (one) => one && Math.hypot(one[0] - point[0], one[1] - point[1]) <= (one === first ? reach : 0);
    if (this.points.length > 2 && (meets(first) || meets(last))) return this.finish();
    if (last && last[0] === point[0] && last[1] === point[1]) return undefined;
    this.points.push(point);
    this.cursor = point;
    this.ed.hint(this.ed.say("corner", { n: this.points.length, x: this.shown(point[0]), y: this.shown(point[1]) }));
    return this.points.length === this.most ? this.finish() : this.draw();
  }

  shown(cm) {
    return String(Math.round(cm) / 100).replace(".", document.documentElement.lang === "vi" ? "," : ".");
  }

  finish() {
    const { points } = this;
    this.clear();
    this.done(points);
  }

  clear() {
    this.points = [];
    this.cursor = null;
    this.draw();
  }

  /** Arrows move the cross, Enter sets a point, Backspace takes one back. Answers whether the key was its own. */
  key(event) {
    if (!this.taken) return false;
    const step = STEPS[event.key];
    this.cursor ??= this.at(...Object.values(this.board.middle()));
    if (step) {
      const far = event.altKey ? 10 : event.shiftKey ? 5 * this.ed.grid : this.ed.grid;
      const { width_cm: w, depth_cm: d } = this.ed.store.size;
      this.cursor = [Math.max(0, Math.min(w, this.cursor[0] + step[0] * far)), Math.max(0, Math.min(d, this.cursor[1] + step[1] * far))];
      this.board.bring({ x_cm: this.cursor[0], y_cm: this.cursor[1], width_cm: 0, depth_cm: 0 });
      this.ed.hint(this.ed.say("cross", { x: this.shown(this.cursor[0]), y: this.shown(this.cursor[1]) }));
    } else if (event.key === "Enter") this.put([...this.cursor]);
    else if (event.key === "Backspace" && this.points.length) this.points.pop();
    else if (event.key === "Escape" && this.points.length) this.points = [];
    else return false;
    this.draw();
    return true;
  }

  draw() {
    const drawn = this.cursor && this.points.length ? [...this.points, this.cursor] : this.points;
    const line = drawn.length > 1 ? [make("polyline", { class: "rubber", points: drawn.join(" ") })] : [];
    const cross = this.taken && this.cursor ? [make("circle", { class: "pen-cross", cx: this.cursor[0], cy: this.cursor[1] })] : [];
    this.layer.replaceChildren(...line, ...cross, ...this.points.map(([x, y], n) => make("circle", { class: n ? "pen-point" : "pen-point first", cx: x, cy: y })));
  }
}
