// Areas of zones on the board: drawn corner by corner, or as a rectangle at once; their corners, and what lies in them.

import { areaItem, areaM2, cornersOf, crossesItself, reshaped, roomFor, shareFloor } from "./drawing_polygons.js";
import { Pen, focusSoon } from "./drawing_pen.js";
import { make } from "./drawing_svg.js";

const MOST_CORNERS = 60;
const typed = (field) => {
  const text = field.value.trim().replace(",", ".");
  return text && Number.isFinite(Number(text)) && Number(text) >= 0 ? Math.round(Number(text) * 100) : null;
};

export class Areas {
  constructor(ed, board) {
    Object.assign(this, { ed, board, zone: "" });
    this.pen = new Pen(ed, board, {
      tool: "area",
      done: (corners) => this.add(corners),
      box: ({ x_cm: x, y_cm: y, width_cm: w, depth_cm: d }) => this.add([[x, y], [x + w, y], [x + w, y + d], [x, y + d]]),
    });
    this.acts = {
      "zone-corner-add": () => this.addCorner(),
      zones: () => this.putIntoZones(),
    };
    this.form = ed.part("panel");
    this.form.addEventListener("change", ({ target }) => this.write(target));
    this.form.addEventListener("click", ({ target }) => {
      this.takeCorner(target.closest("[data-corner-away]"));
      if (target.dataset.area) this.choose(Number(target.dataset.area));
    });
  }

  add(corners) {
    if (crossesItself(corners)) return this.ed.hint(this.ed.words.crosses);
    this.ed.add([{ ...areaItem({ zone: this.zone, corners }) }]);
    this.ed.choose("select");
    const [one] = this.chosen;
    const met = one && this.met(one);
    this.ed.hint(met ? this.ed.say("overlaps", { zone: met.zone || "–" }) : "");
    if (!this.zone) focusSoon(this.form.elements.area_zone);
    return undefined;
  }

  /** By its button, so that keys go on at its corners. */
  choose(id) {
    this.ed.selected([id]);
    this.board.bring(this.chosen[0]);
    this.form.elements.area_zone.focus();
  }

  get chosen() {
    return this.ed.store.areas.filter((one) => this.ed.selection.has(one.id));
  }

  /** An area of another zone on which this one lies; the server says so too, a moment later. */
  met(one) {
    const others = this.ed.store.areas.filter((each) => each.id !== one.id && each.zone.toLowerCase() !== one.zone.toLowerCase());
    return others.find((each) => shareFloor(cornersOf(one), cornersOf(each)));
  }

  draw() {
    const { store, faulty } = this.ed;
    if (!this.pen.taken) this.pen.clear();
    const booths = store.areas.length ? store.booths : [];
    this.board.layers.areas.replaceChildren(...store.areas.map((one) => {
      const corners = cornersOf(one);
      const wrong = faulty.has(one.id) || this.met(one) || crossesItself(corners);
      const group = make("g", { "data-id": one.id, class: `zone-area${wrong ? " wrong" : ""}` });
      const [x, y] = roomFor(corners, 60 + 55 * (one.zone.length || 1), 110, booths);
      group.append(make("polygon", { class: "tint", points: corners.join(" ") }), make("polygon", { class: "edge", points: corners.join(" ") }), make("text", { x, y }, one.zone || "–"));
      return group;
    }));
  }

  /** A corner each, and a smaller handle in the middle of each edge that becomes a corner when it is dragged. */
  handles(one) {
    if (one.type !== "area") return null;
    const corners = cornersOf(one);
    const middles = corners.length < MOST_CORNERS ? corners.map(([x, y], n) => [(x + corners[(n + 1) % corners.length][0]) / 2, (y + corners[(n + 1) % corners.length][1]) / 2]) : [];
    return [
      make("polygon", { class: "chosen", points: corners.join(" ") }),
      ...middles.map(([x, y], n) => make("circle", { class: "handle area-middle", "data-area-middle": n, cx: x, cy: y })),
      ...corners.map(([x, y], n) => make("circle", { class: "handle area-corner", "data-area-corner": n, cx: x, cy: y })),
    ];
  }

  grab(event, x, y) {
    const pen = this.pen.grab(event, x, y);
    const { areaCorner, areaMiddle } = event.target.dataset;
    const [one] = this.chosen;
    if (pen || !one || this.ed.tool !== "select" || (areaCorner ?? areaMiddle) === undefined) return pen;
    const begun = cornersOf(one);
    if (areaMiddle !== undefined) begun.splice(Number(areaMiddle) + 1, 0, [x, y]);
    const at = areaMiddle !== undefined ? Number(areaMiddle) + 1 : Number(areaCorner);
    const placed = (px, py, free) => begun.map((corner, n) => (n === at ? this.pen.at(px, py, free) : corner));
    return {
      move: (px, py, moved) => this.board.layers.frames.replaceChildren(make("polygon", { class: "rubber", points: placed(px, py, moved.altKey).join(" ") })),
      up: (far, px, py, ended) => (far ? this.reshape(one, placed(px, py, ended.altKey)) : this.board.frame()),
      cancel: () => this.board.frame(),
    };
  }

  key(event, onBoard) {
    return onBoard && this.pen.key(event);
  }

  reshape(one, corners) {
    const shaped = reshaped(one, corners);
    this.ed.store.replace([shaped]);
    const met = this.met(shaped);
    this.refuse(crossesItself(corners) ? this.ed.words.crosses : met ? this.ed.say("overlaps", { zone: met.zone || "–" }) : "");
  }

  refuse(text) {
    const line = this.ed.part("zone-area-refusal");
    line.textContent = text;
    line.hidden = !text;
  }

  /** The panel of the one area that is chosen: its zone, and its corners to type. */
  shown(chosen) {
    const areas = chosen.filter((one) => one.type === "area");
    const [one] = areas;
    this.ed.part("zone-area").hidden = !areas.length || areas.length < chosen.length;
    this.ed.part("zone-area-corners").hidden = areas.length !== 1;
    this.shownStrays();
    if (!one) return;
    const zone = this.form.elements.area_zone;
    if (zone !== document.activeElement) zone.value = areas.every((each) => each.zone === one.zone) ? one.zone : "";
    if (areas.length > 1) return this.refuse("");
    const met = this.met(one);
    if (this.shownFor !== one.id) this.refuse(met ? this.ed.say("overlaps", { zone: met.zone || "–" }) : "");
    this.shownFor = one.id;
    const list = this.ed.part("corner-list");
    if (list.contains(document.activeElement) && document.activeElement.matches("input")) return;
    list.replaceChildren(...cornersOf(one).map((corner, n) => this.line(corner, n, one.corners.length)));
  }

  line(corner, n, of) {
    const line = this.ed.part("corner-line").content.cloneNode(true);
    const [x, y] = line.querySelectorAll("input");
    const label = (name) => this.ed.say("corner-of", { n: n + 1, axis: name });
    for (const [field, axis, value] of [[x, "x", corner[0]], [y, "y", corner[1]]]) Object.assign(field, { name: `corner_${axis}_${n}`, value: this.pen.shown(value), ariaLabel: label(axis) });
    const away = line.querySelector("button");
    away.dataset.cornerAway = n;
    away.ariaLabel = this.ed.say("corner-away", { n: n + 1 });
    away.disabled = of < 4;
    line.querySelector("b").textContent = n + 1;
    return line;
  }

  write(field) {
    const [one] = this.chosen;
    if (!one) return;
    if (field.name === "area_zone") {
      this.zone = field.value.trim();
      this.ed.store.replace(this.chosen.map((each) => ({ ...each, zone: this.zone })));
      const met = this.met({ ...one, zone: this.zone });
      this.refuse(met ? this.ed.say("overlaps", { zone: met.zone || "–" }) : "");
      return;
    }
    const [, axis, at] = /^corner_([xy])_(\d+)$/.exec(field.name) ?? [];
    if (!axis) return;
    const value = typed(field);
    field.toggleAttribute("aria-invalid", value === null);
    if (value === null) return void this.refuse(this.ed.words.bad);
    this.reshape(one, cornersOf(one).map((corner, n) => (n === Number(at) ? (axis === "x" ? [value, corner[1]] : [corner[0], value]) : corner)));
  }

  /** In the middle of the longest edge, to be typed or dragged elsewhere. */
  addCorner() {
    const [one] = this.chosen;
    if (!one || one.corners.length >= MOST_CORNERS) return;
    const corners = cornersOf(one);
    const after = (n) => corners[(n + 1) % corners.length];
    const long = corners.map((corner, n) => Math.hypot(after(n)[0] - corner[0], after(n)[1] - corner[1]));
    const n = long.indexOf(Math.max(...long));
    corners.splice(n + 1, 0, [Math.round((corners[n][0] + after(n)[0]) / 2), Math.round((corners[n][1] + after(n)[1]) / 2)]);
    this.reshape(one, corners);
    this.form.elements[`corner_x_${n + 1}`]?.focus();
  }

  takeCorner(button) {
    const [one] = this.chosen;
    if (!button || !one || one.corners.length < 4) return;
    const at = Number(button.dataset.cornerAway);
    this.reshape(one, cornersOf(one).filter((_, n) => n !== at));
    this.form.elements[`corner_x_${Math.max(0, at - 1)}`]?.focus();
  }

  /** How many booths lie in an area of another zone, as the server judged last. */
  shownStrays() {
    const { judged, areas } = this.ed.store;
    this.ed.part("strays").hidden = !areas.length;
    const list = areas.map((one) => Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: `${one.zone || "–"} · ${this.size(one)} m²` }));
    list.forEach((button, n) => (button.dataset.area = areas[n].id));
    this.ed.part("area-list").replaceChildren(...list);
    const n = judged.strays.filter((one) => !one.why).length;
    this.ed.part("strays-count").textContent = n ? this.ed.say("strays", { n }) : this.ed.words["no-strays"];
    this.ed.root.querySelector('[data-act="zones"]').disabled = !judged.strays.length;
  }

  size(one) {
    return new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(areaM2(one.corners));
  }

  async putIntoZones() {
    const { store } = this.ed;
    await store.save();
    if (store.dirty) return; // the line beside the hall's name says why it is not kept
    const { booths } = store;
    const { strays } = store.judged;
    const meant = strays.filter((one) => !one.why && booths[one.booth]?.number === one.number);
    if (meant.length) store.replace(meant.map((one) => ({ ...booths[one.booth], zone: one.zone })));
    const left = strays.filter((one) => one.why).map((one) => Object.assign(document.createElement("li"), { textContent: `${one.number}: ${one.why}` }));
    this.ed.part("strays-left").replaceChildren(...left);
    const said = [this.ed.say("put", { n: meant.length }), left.length && this.ed.say("kept-zone", { n: left.length })];
    this.ed.part("strays-done").textContent = said.filter(Boolean).join(" ");
  }

  differences() {
    const { zone_areas: zones } = this.ed.store.judged;
    return zones.length ? [this.ed.say("diff-areas", { list: zones.map((zone) => zone || "–").join(", ") })] : [];
  }
}
