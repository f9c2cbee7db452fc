// The drawing as it is known here and on the server: history to undo, and every change kept, with or without a network.

import { csrfToken } from "./page.js";

const WAIT = 600; // ms of quiet before a save
const AGAIN = 4000; // ms until a save that failed is tried again
let serial = 0;
const withId = (one, type) => ({ ...one, id: (serial += 1), type });
const bare = ({ id, type, ...rest }) => rest;

export class Store {
  constructor(address, backupKey, told) {
    Object.assign(this, { address, backupKey, told, items: [], size: null, revision: 0, judged: null, past: [], future: [] });
    Object.assign(this, { taken: new Map(), timer: 0, saving: null, dirty: false });
  }

  async ask(method, path = "", body = undefined) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), Accept: "application/json" };
    const answer = await fetch(this.address + path, { method, headers, body: body && JSON.stringify(body) });
    const said = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said?.detail ?? answer.statusText), { status: answer.status, code: said?.code });
    return said;
  }

  /** Reads the draft; what this device could not send last time is taken up again, unless somebody drew meanwhile. */
  async open() {
    const draft = await this.ask("GET");
    const kept = JSON.parse(localStorage.getItem(this.backupKey) ?? "null");
    this.take(draft);
    if (!kept) return;
    this.load(kept.document);
    if (kept.revision === draft.revision) this.touch();
    else this.told("conflict");
  }

  take(draft) {
    this.revision = draft.revision;
    this.load(draft.document);
    this.judge(draft);
  }

  load(document) {
    this.size = { width_cm: document.width_cm, depth_cm: document.depth_cm };
    this.items = [...document.features.map((one) => withId(one, "feature")), ...document.booths.map((one) => withId(one, "booth"))];
    this.past = [];
    this.future = [];
  }

  /** What the server says of the drawing; booths that somebody holds or has stand where they stand. */
  judge(draft) {
    this.judged = draft;
    this.taken = new Map(draft.taken.map((one) => [one.booth.number.toLowerCase(), one]));
    const here = new Set();
    this.items = this.items.map((one) => {
      const fixed = one.type === "booth" && this.taken.get(one.number.toLowerCase());
      if (!fixed) return one;
      here.add(one.number.toLowerCase());
      return { ...fixed.booth, id: one.id, type: "booth" };
    });
    for (const [number, { booth }] of this.taken) if (!here.has(number)) this.items = [...this.items, withId(booth, "booth")];
  }

  get booths() {
    return this.items.filter((one) => one.type === "booth");
  }

  get document() {
    return { ...this.size, features: this.items.filter((one) => one.type === "feature").map(bare), booths: this.booths.map(bare) };
  }

  isTaken(one) {
    return one.type === "booth" && this.taken.has(one.number.toLowerCase());
  }

  /** One step that can be undone. `items` are new things in place of old ones with the same id, and others besides. */
  change(items, size = this.size) {
    this.past.push([this.items, this.size]);
    if (this.past.length > 200) this.past.shift();
    this.future = [];
    this.items = items.map((one) => (one.id ? one : withId(bare(one), one.type)));
    this.size = size;
    this.touch();
  }

  replace(changed) {
    const by = new Map(changed.map((one) => [one.id, one]));
    this.change(this.items.map((one) => by.get(one.id) ?? one));
  }

  step(from, to) {
    if (!from.length) return;
    to.push([this.items, this.size]);
    [this.items, this.size] = from.pop();
    if (this.judged) this.judge(this.judged);
    this.touch();
  }

  undo() {
    this.step(this.past, this.future);
  }

  redo() {
    this.step(this.future, this.past);
  }

  touch() {
    this.dirty = true;
    localStorage.setItem(this.backupKey, JSON.stringify({ revision: this.revision, document: this.document }));
    this.told("changed");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), WAIT);
  }

  /** Sends what was drawn; a change made meanwhile is sent after it. */
  async save() {
    clearTimeout(this.timer);
    if (this.saving) return this.saving.then(() => (this.dirty ? this.save() : undefined));
    if (!this.dirty) return undefined;
    this.dirty = false;
    this.told("saving");
    this.saving = this.send().finally(() => (this.saving = null));
    await this.saving;
    return this.dirty && !this.stuck ? this.save() : undefined;
  }

  async send() {
    this.stuck = false;
    try {
      const draft = await this.ask("PUT", "", { revision: this.revision, document: this.document });
      this.revision = draft.revision;
      this.judge(draft);
      if (!this.dirty) localStorage.removeItem(this.backupKey);
      this.told("saved");
    } catch (error) {
      this.dirty = true;
      this.stuck = true;
      if (error.code === "plan_changed") this.told("conflict");
      else this.told(error.status === 401 || error.code === "stale_form" ? "signed-out" : error.status ? "refused" : "offline", error.message);
      if (!error.status || error.status >= 500) this.timer = setTimeout(() => this.save(), AGAIN);
    }
  }

  /** After a conflict: what the others drew, or this drawing over theirs. */
  async settle(mine) {
    const draft = await this.ask("GET");
    localStorage.removeItem(this.backupKey);
    this.dirty = false;
    if (!mine) {
      this.take(draft);
      return this.told("saved");
    }
    this.revision = draft.revision;
    return this.touch();
  }
}
