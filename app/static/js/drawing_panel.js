// The panel beside the board: the details of what is chosen, and the diff before it is published.

import { placed } from "./drawing_moves.js";
import { boothCm2 } from "./drawing_polygons.js";
import { cornersOf, shaped } from "./drawing_shapes.js";

const LENGTHS = { x: "x_cm", y: "y_cm", width: "width_cm", depth: "depth_cm" };
const shown = (cm) => String(cm / 100).replace(".", document.documentElement.lang === "vi" ? "," : ".");
const DEFAULTS = { columns: "10", rows: "2", aisle: "3", every: "2", prefix: "A", first: "1", digits: "2", across_n: "2", down_n: "1" };

export class Panel {
  constructor(form, ed) {
    Object.assign(this, { form, ed, busy: false, exponent: Number(ed.root.dataset.exponent) });
    for (const [name, value] of Object.entries(DEFAULTS)) form.elements[name].value = value;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => this.write(target));
    form.addEventListener("focusin", ({ target }) => (this.busy = target.matches("input")));
    form.addEventListener("focusout", () => (this.busy = false));
    form.addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("input") && (event.preventDefault(), event.target.blur()));
    form.addEventListener("click", ({ target }) => target.dataset.fault && ed.selected([Number(target.dataset.fault)]));
  }

  get chosen() {
    return this.ed.store.items.filter((one) => this.ed.selection.has(one.id));
  }

  part(name) {
    return this.form.querySelector(`[data-part="${name}"]`);
  }

  /** What all of the chosen share; empty where they differ. */
  show() {
    const { ed, chosen } = this;
    const { store } = ed;
    if (!store.size) return;
    const what = ed.tool === "shape" ? "shape" : chosen.length ? "chosen" : "none";
    for (const section of this.form.querySelectorAll("[data-for]")) section.hidden = section.dataset.for !== what;
    const now = [...ed.selection].join();
    if (now !== this.shownFor) this.part("refusal").hidden = true;
    this.shownFor = now;
    this.set("hall_width", shown(store.size.width_cm));
    this.set("hall_depth", shown(store.size.depth_cm));
    for (const extra of ed.extras) extra.shown(chosen);
    if (!chosen.length) return;
    const [one] = chosen;
    const fixed = chosen.filter((each) => store.isTaken(each));
    const booths = chosen.every((each) => each.type === "booth");
    const kind = (name, on) => (this.part(name).hidden = !on);
    const single = one.type === "booth" ? ed.say("number", { number: one.number }) : ed.words[one.kind];
    document.getElementById("zones").replaceChildren(...store.judged.zones.map((code) => Object.assign(document.createElement("option"), { value: code })));
    this.part("title").textContent = chosen.length > 1 ? ed.say("chosen", { n: chosen.length }) : single;
    this.part("taken").hidden = !fixed.length;
    if (fixed.length) this.part("taken").lastElementChild.textContent = fixed.slice(0, 3).map((each) => this.said(each)).join(" ");
    kind("place", one.kind !== "entrance" && !chosen.some((each) => each.type === "area"));
    kind("piece", one.type === "feature" && one.kind !== "entrance" && chosen.length === 1);
    kind("entrance", one.kind === "entrance" && chosen.length === 1);
    kind("booth", booths);
    kind("acts", one.kind !== "entrance");
    const least = { left: 2, top: 2, right: 2, bottom: 2, merge: 2, across: 3, down: 3 };
    const movable = ed.movable().length;
    for (const button of this.part("acts").querySelectorAll("button")) button.disabled = movable < (least[button.dataset.act] ?? 1);
    for (const name of ["repeat", "numbering", "split"]) kind(name, booths);
    const common = (column) => (chosen.every((each) => each[column] === one[column]) ? one[column] : null);
    for (const [name, column] of Object.entries(LENGTHS)) this.set(name, common(column) === null || common(column) === undefined ? "" : shown(common(column)));
    for (const name of ["number", "zone", "kind", "state", "name"]) this.set(name, common(name) ?? "");
    this.set("sides", common("sides") ?? "");
    this.set("price", common("price_minor") === null || common("price_minor") === undefined ? "" : this.major(common("price_minor")));
    this.set("piece_name", one.name ?? "");
    this.set("piece_name_en", one.name_en ?? "");
    if (one.kind === "entrance") this.set("side", one.side), this.set("at", shown(one.at_cm)), this.set("opening", shown(one.width_cm));
    this.form.elements.number.disabled = chosen.length > 1;
    if (booths && !this.part("numbering").open) this.set("prefix", /^\D*/.exec(one.number)[0] || "A");
    for (const fieldset of this.form.querySelectorAll("fieldset")) fieldset.disabled = fixed.length === chosen.length;
    for (const name of ["width", "depth"]) this.form.elements[name].disabled = chosen.some((each) => each.outline);
    kind("shape", booths && movable);
    if (booths && movable) this.corners(chosen.length === 1 ? cornersOf(one) : []);
  }

  /** The corners of the one booth that is chosen; several are only turned. */
  corners(corners) {
    const { ed, form } = this;
    this.part("corners").hidden = !corners.length;
    if (!corners.length) return;
    const { corner } = form.elements;
    corner.replaceChildren(...corners.map((_, n) => Object.assign(document.createElement("option"), { value: n, textContent: n + 1 })));
    const n = Math.min(ed.corner ?? 0, corners.length - 1);
    corner.value = n;
    this.set("corner_x", shown(corners[n][0]));
    this.set("corner_y", shown(corners[n][1]));
    this.part("area").textContent = ed.say("area", { area: shown(Math.round(boothCm2(corners) / 100)) });
  }

  /** What the tool "Shape" has drawn so far, or why not. */
  pending(words) {
    const { pending } = this.ed;
    const [x, y] = pending.at(-1) ?? [0, 0];
    this.part("pending").textContent = words || (pending.length ? this.ed.say("corners", { n: pending.length, x: shown(x), y: shown(y) }) : this.ed.words.corners_none);
  }

  /** Degrees, clockwise; null and a word about it where it is no angle. */
  angle() {
    const field = this.form.elements.angle;
    const value = Number(field.value.trim().replace(",", ".").replace("−", "-"));
    const fits = field.value.trim() && Number.isFinite(value) && Math.abs(value) <= 360;
    field.toggleAttribute("aria-invalid", !fits);
    if (fits) return value;
    return this.refuse(this.ed.words.degrees) ?? null;
  }

  said(one) {
    const { ed } = this;
    const { state, exhibitor } = ed.store.taken.get(one.id);
    return ed.say("taken", { number: one.number, state: ed.say(state === "let" ? "let" : "held", { name: exhibitor }) });
  }

  focus(name) {
    this.form.elements[name].focus();
    this.form.elements[name].select();
  }

  set(name, value) {
    const field = this.form.elements[name];
    if (field !== document.activeElement) field.value = value;
    field.removeAttribute("aria-invalid");
  }

  major(minor) {
    return (minor / 10 ** this.exponent).toFixed(this.exponent).replace(/\.0+$/, "");
  }

  /** A typed number; null and a word about it where it is none. */
  typed(name, { cm = true, least = 0, empty = null } = {}) {
    const field = this.form.elements[name];
    const text = field.value.trim().replace(",", ".");
    if (!text && empty !== null) return empty;
    const value = cm ? Math.round(Number(text) * 100) : Number(text);
    const fits = text && Number.isFinite(value) && value >= least && (cm || Number.isInteger(value)) && value <= 100_000;
    field.toggleAttribute("aria-invalid", !fits);
    if (fits) return value;
    this.refuse(this.ed.words.bad);
    return null;
  }

  refuse(text) {
    this.part("refusal").textContent = text;
    this.part("refusal").hidden = false;
  }

  write(field) {
    const { ed } = this;
    const { store } = ed;
    const { name } = field;
    this.part("refusal").hidden = true;
    const all = (values) => store.replace(ed.movable().map((one) => ({ ...one, ...values })));
    if (name === "hall_width" || name === "hall_depth") {
      const value = this.typed(name, { least: 300 });
      if (value !== null) store.change(store.items, { ...store.size, [name === "hall_width" ? "width_cm" : "depth_cm"]: value });
    } else if (LENGTHS[name]) {
      const value = this.typed(name, { least: name === "x" || name === "y" ? 0 : this.chosen[0].type === "booth" ? 50 : 10 });
      if (value === null) return;
      if (name === "x" || name === "y") store.replace(ed.movable().map((one) => placed(one, name === "x" ? value : one.x_cm, name === "y" ? value : one.y_cm)));
      else all({ [LENGTHS[name]]: value });
    } else if (name === "corner") {
      ed.cornered({ kind: "corner", at: Number(field.value) });
    } else if (name === "corner_x" || name === "corner_y") {
      const value = this.typed(name);
      if (value !== null) this.corner(name === "corner_x" ? 0 : 1, value);
    } else if (name === "price") this.price(all);
    else if (name === "sides") all({ sides: field.value ? Number(field.value) : null });
    else if (["number", "zone", "kind", "state", "name"].includes(name)) all({ [name]: field.value.trim() });
    else if (name.startsWith("piece_")) all({ [name.slice(6)]: field.value.trim() });
    else if (name === "side") store.replace(this.chosen.map((one) => ({ ...one, side: field.value })));
    else if (name === "at" || name === "opening") {
      const value = this.typed(name, { least: name === "opening" ? 50 : 0 });
      if (value !== null) store.replace(this.chosen.map((one) => ({ ...one, [name === "at" ? "at_cm" : "width_cm"]: value })));
    }
  }

  corner(axis, value) {
    const { ed } = this;
    const [one] = ed.movable();
    const at = Number(this.form.elements.corner.value);
    ed.corner = at;
    ed.store.replace([shaped(one, cornersOf(one).map((corner, n) => (n === at ? (axis ? [corner[0], value] : [value, corner[1]]) : corner)))]);
  }

  /** An own price in the currency's major unit; thousands may be grouped. */
  price(all) {
    const text = this.form.elements.price.value.trim();
    const plain = this.exponent ? text.replace(/\s/g, "").replace(",", ".") : text.replace(/[\s.,]/g, "");
    const minor = Math.round(Number(plain) * 10 ** this.exponent);
    if (!text) return all({ price_minor: null });
    if (!Number.isSafeInteger(minor) || minor < 0 || !/^[\d.]+$/.test(plain)) return this.refuse(this.ed.words.bad);
    return all({ price_minor: minor });
  }

  repeat() {
    const asked = { columns: this.typed("columns", { cm: false, least: 1 }), rows: this.typed("rows", { cm: false, least: 1 }), aisle: this.typed("aisle", { empty: 0 }), every: this.typed("every", { cm: false, empty: 0 }) };
    if (Object.values(asked).includes(null) || asked.columns * asked.rows > 2000) return null;
    return { ...asked, gapX: 0, gapY: 0 };
  }

  numbering() {
    const first = this.typed("first", { cm: false });
    const digits = this.typed("digits", { cm: false, least: 1 });
    const prefix = this.form.elements.prefix.value.trim();
    if (first === null || digits === null) return null;
    if (digits > 6 || prefix.length + digits > 11) return this.refuse(this.ed.words.long);
    return { prefix, first, digits, scheme: this.form.elements.scheme.value };
  }

  split() {
    const across = this.typed("across_n", { cm: false, least: 1 });
    const down = this.typed("down_n", { cm: false, least: 1 });
    return across === null || down === null || across * down > 100 || across * down < 2 ? null : { across, down };
  }

  faults() {
    const { faults } = this.ed.store;
    this.part("faults").hidden = !faults.length;
    this.part("faults").lastElementChild.replaceChildren(...faults.slice(0, 50).map(([one, sentence]) => {
      const line = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "board-fault", textContent: `${one.number || one.name || one.zone || "–"}: ${sentence}` });
      button.dataset.fault = one.id;
      line.append(button);
      return line;
    }));
  }

  /** What publishing would do, in words. */
  difference() {
    const { ed } = this;
    const { added, changed, removed, floor } = ed.store.judged;
    const { faults } = ed.store;
    const most = (list) => `${list.length}: ${list.slice(0, 12).join(", ")}${list.length > 12 ? ` ${ed.say("more", { n: list.length - 12 })}` : ""}`;
    const what = changed.map((one) => `${one.number} (${one.what.map((each) => ed.words[each]).join(", ")})`);
    const lines = [added.length && ed.say("diff-added", { list: most(added) }), what.length && ed.say("diff-changed", { list: most(what) }), removed.length && ed.say("diff-removed", { list: most(removed) }), floor && ed.words["diff-floor"], ...ed.extras.flatMap((extra) => extra.differences())].filter(Boolean);
    ed.part("diff").replaceChildren(...(lines.length ? lines : [ed.words.nothing]).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    ed.root.querySelector('[data-act="publish-now"]').disabled = Boolean(faults.length) || !ed.store.revision;
    ed.part("publication-refusal").hidden = !faults.length;
    if (faults.length) ed.part("publication-refusal").textContent = ed.say("faults", { n: new Set(faults.map(([one]) => one.id)).size });
  }

  refusePublication(text) {
    this.ed.part("publication-refusal").textContent = text;
    this.ed.part("publication-refusal").hidden = false;
  }
}
