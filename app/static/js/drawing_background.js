// The picture under the drawing: sent, placed in metres, made true to scale by two points, locked unless it is moved.

import { csrfToken } from "./page.js";
import { Pen, focusSoon } from "./drawing_pen.js";
import { make } from "./drawing_svg.js";

const SIZES = { bg_x: "x_cm", bg_y: "y_cm", bg_width: "width_cm" };

export class Background {
  constructor(ed, board) {
    Object.assign(this, { ed, board, locked: true, sending: false, points: null });
    this.hiddenKey = `${ed.root.dataset.key}:picture`;
    this.hidden = localStorage.getItem(this.hiddenKey) === "hidden";
    this.image = board.layers.backdrop.appendChild(make("image", { preserveAspectRatio: "none" }));
    this.pen = new Pen(ed, board, { tool: "measure", most: 2, free: true, done: (points) => this.measured(points) });
    this.acts = {
      "picture-lock": () => this.lock(!this.locked),
      "picture-measure": () => this.measure(),
      "picture-scale": () => this.scale(),
      "picture-remove": () => this.keep(null),
    };
    this.form = ed.part("panel");
    this.form.addEventListener("change", ({ target }) => this.write(target));
    this.form.elements.bg_opacity.addEventListener("input", ({ target }) => this.image.setAttribute("opacity", target.value / 100));
  }

  /** As the drawing has it; null without a picture. */
  get lies() {
    return this.ed.store.size?.background ?? null;
  }

  keep(background) {
    this.points = null;
    this.ed.store.change(this.ed.store.items, { ...this.ed.store.size, background });
  }

  draw() {
    const { lies, image } = this;
    if (!this.pen.taken) this.pen.clear();
    image.toggleAttribute("hidden", !lies || this.hidden);
    if (!lies) return void image.removeAttribute("href");
    const address = this.ed.root.dataset.picture.replace("KEY", lies.picture);
    if (image.getAttribute("href") !== address) image.setAttribute("href", address);
    for (const [name, value] of [["x", lies.x_cm], ["y", lies.y_cm], ["width", lies.width_cm], ["height", lies.depth_cm], ["opacity", lies.opacity / 100]]) image.setAttribute(name, value);
    image.classList.toggle("unlocked", !this.locked);
  }

  /** Unlocked, the picture is dragged by whatever of it no booth covers. */
  grab(event, x, y) {
    const pen = this.pen.grab(event, x, y);
    if (pen || this.locked || this.ed.tool !== "select" || event.target !== this.image) return pen;
    const { x_cm: left, y_cm: top } = this.lies;
    const at = (px, py) => [Math.round(left + px - x), Math.round(top + py - y)];
    return {
      move: (px, py) => ["x", "y"].forEach((name, n) => this.image.setAttribute(name, at(px, py)[n])),
      up: (far, px, py) => far && this.keep({ ...this.lies, x_cm: at(px, py)[0], y_cm: at(px, py)[1] }),
      cancel: () => this.draw(),
    };
  }

  key(event, onBoard) {
    return onBoard && this.pen.key(event);
  }

  lock(locked) {
    this.locked = locked;
    this.shown();
    this.draw();
  }

  shown() {
    const { lies, form } = this;
    this.ed.part("picture").hidden = !lies;
    this.ed.part("picture-none").hidden = Boolean(lies);
    this.ed.part("picture-file").disabled = this.sending;
    if (!lies) return;
    const set = (field, value) => field !== document.activeElement && (field.value = value);
    for (const [name, column] of Object.entries(SIZES)) set(form.elements[name], this.pen.shown(lies[column]));
    set(form.elements.bg_opacity, lies.opacity);
    form.elements.bg_shown.checked = !this.hidden;
    form.elements.bg_public.checked = lies.public;
    this.ed.part("picture-distance").hidden = !this.points;
    const lock = this.ed.root.querySelector('[data-act="picture-lock"]');
    lock.setAttribute("aria-pressed", !this.locked);
  }

  write(field) {
    const { lies } = this;
    if (field.name === "bg_file") return void this.send(field);
    if (!lies || !field.name.startsWith("bg_")) return;
    this.refuse("");
    if (field.name === "bg_shown") {
      this.hidden = !field.checked;
      localStorage.setItem(this.hiddenKey, this.hidden ? "hidden" : "shown");
      this.draw();
    } else if (field.name === "bg_public") this.keep({ ...lies, public: field.checked });
    else if (field.name === "bg_opacity") this.keep({ ...lies, opacity: Number(field.value) });
    else if (SIZES[field.name]) {
      const cm = this.typed(field, field.name === "bg_width" ? 10 : -100_000);
      if (cm !== null) this.keep(field.name === "bg_width" ? this.sized(lies, cm) : { ...lies, [SIZES[field.name]]: cm });
    }
  }

  /** A typed length in centimetres; null and a word about it where it is none. */
  typed(field, least) {
    const text = field.value.trim().replace(",", ".");
    const cm = Math.round(Number(text) * 100);
    const fits = Boolean(text) && Number.isFinite(cm) && cm >= least && cm <= (field.name === "bg_width" ? 1_000_000 : 100_000);
    field.toggleAttribute("aria-invalid", !fits);
    if (fits) return cm;
    this.refuse(this.ed.words.bad);
    return null;
  }

  sized(lies, width) {
    return { ...lies, width_cm: width, depth_cm: Math.max(1, Math.round((lies.depth_cm * width) / lies.width_cm)) };
  }

  refuse(text) {
    const line = this.ed.part("picture-refusal");
    line.textContent = text;
    line.hidden = !text;
  }

  /** Sends a picture and lays it over the whole hall, or in the place of the one before. */
  async send(field) {
    const [file] = field.files;
    if (!file || this.sending) return;
    this.refuse("");
    this.sending = true;
    this.ed.part("picture-busy").hidden = false;
    const body = new FormData();
    body.append("picture", file);
    try {
      const answer = await fetch(this.ed.root.dataset.pictures, { method: "POST", headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" }, body });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.fields?.picture ?? said.detail ?? answer.statusText);
      const { width_cm: hall, depth_cm: deep } = this.ed.store.size;
      const width = Math.max(10, Math.round(Math.min(hall, (deep * said.width) / said.height)));
      const before = this.lies ?? { x_cm: 0, y_cm: 0, width_cm: width, opacity: 50, public: false };
      this.hidden = false;
      this.keep({ ...before, picture: said.picture, depth_cm: Math.max(1, Math.round((before.width_cm * said.height) / said.width)) });
    } catch (error) {
      this.refuse(error instanceof TypeError ? this.ed.words["picture-offline"] : error.message);
    }
    this.sending = false;
    field.value = "";
    this.ed.part("picture-busy").hidden = true;
    this.shown();
  }

  measure() {
    this.points = null;
    this.shown();
    this.ed.choose("measure");
    this.board.svg.focus({ preventScroll: true });
  }

  measured(points) {
    this.ed.choose("select");
    this.ed.hint("");
    this.points = points;
    this.shown();
    this.ed.part("picture-measured").textContent = this.ed.say("measured", { m: this.pen.shown(this.apart) });
    this.form.elements.bg_distance.value = "";
    focusSoon(this.form.elements.bg_distance);
  }

  get apart() {
    const [[ax, ay], [bx, by]] = this.points;
    return Math.hypot(bx - ax, by - ay);
  }

  /** The typed distance between the two points is true: the picture grows about the first of them. */
  scale() {
    const cm = this.points && this.typed(this.form.elements.bg_distance, 1);
    if (!cm) return;
    const { lies } = this;
    const by = cm / this.apart;
    const width = Math.round(lies.width_cm * by);
    if (width < 10 || width > 1_000_000) return void this.refuse(this.ed.words["scale-far"]);
    const [x, y] = this.points[0];
    this.refuse("");
    this.keep({ ...this.sized(lies, width), x_cm: Math.round(x - (x - lies.x_cm) * by), y_cm: Math.round(y - (y - lies.y_cm) * by) });
  }

  differences() {
    const { background } = this.ed.store.judged;
    if (!background) return [];
    const seen = this.lies?.public ? this.ed.words["picture-public"] : this.ed.words["picture-own"];
    return [background === "removed" ? this.ed.words["diff-picture-removed"] : `${this.ed.words["diff-picture"]} ${seen}`];
  }
}
