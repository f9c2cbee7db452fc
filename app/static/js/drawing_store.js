// The drawing as it is known here and on the server: history to undo, and every change kept, with or without a network.

import { areaItem, areaOf } from "./drawing_polygons.js";
import { csrfToken } from "./page.js";

const WAIT = 600; // ms of quiet before a save
const AGAIN = 4000; // ms until a save that failed is tried again
let serial = 0;
const withId = (one, type) => ({ ...one, id: (serial += 1), type });
const bare = ({ id, type, ...rest }) => rest;

/** How a refusal is told: who is signed out, or in as somebody else, comes back with another token. */
export const stateOf = (error) => (error.status === 401 || error.status === 403 || error.code === "stale_form" ? "signed-out" : error.status ? "refused" : "offline");

export class Store {
  constructor(address, backupKey, told) {
    Object.assign(this, { address, backupKey, told, items: [], size: null, revision: 0, judged: null, past: [], future: [] });
    Object.assign(this, { taken: new Map(), timer: 0, saving: null, dirty: false });
  }

  async ask(method, path = "", body = undefined, more = {}) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), Accept: "application/json", ...more };
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
    this.load({ areas: draft.document.areas, background: draft.document.background, ...kept.document });
    this.judge(draft);
    this.revision = kept.revision; // what it was drawn on: the server says whether that still stands
    this.plan = kept.plan;
    this.touch();
  }

  take(draft) {
    this.revision = draft.revision;
    this.plan = draft.plan;
    this.conflict = false;
    this.load(draft.document);
    this.judge(draft);
  }

  load(document) {
    this.size = { width_cm: document.width_cm, depth_cm: document.depth_cm, background: document.background };
    this.items = [...document.areas.map((one) => withId(areaItem(one), "area")), ...document.features.map((one) => withId(one, "feature")), ...document.booths.map((one) => withId(one, "booth"))];
    this.past = [];
    this.future = [];
    this.taken = new Map();
  }

  /** What the server says of the drawing; booths that somebody holds or has stand where they stand, `again` in the zone that was drawn. */
  judge(draft, again = false) {
    this.judged = draft;
    const known = new Map([...this.taken].map(([id, { booth }]) => [booth.number, id]));
    this.taken = new Map();
    for (const one of draft.taken) {
      const { booth } = one;
      const same = (item) => item.type === "booth" && item.number.toLowerCase() === booth.number.toLowerCase();
      const id = known.get(booth.number) ?? this.items.find(same)?.id; // another that is given its number is not it
      const fixed = withId(booth, "booth");
      if (id) fixed.id = id;
      if (id && again) fixed.zone = this.items.find((item) => item.id === id)?.zone ?? fixed.zone;
      this.items = this.items.some((item) => item.id === fixed.id) ? this.items.map((item) => (item.id === fixed.id ? fixed : item)) : [...this.items, fixed];
      this.taken.set(fixed.id, one);
    }
  }

  get booths() {
    return this.items.filter((one) => one.type === "booth");
  }

  get areas() {
    return this.items.filter((one) => one.type === "area");
  }

  get features() {
    return this.items.filter((one) => one.type === "feature");
  }

  /** What needs a look: the thing, and why. */
  get faults() {
    const { area_faults: inAreas, faults, outside } = this.judged;
    return [...inAreas.map((fault) => [this.areas[fault.area], fault.sentence]), ...faults.map((fault) => [this.booths[fault.booth], fault.sentence]), ...outside.map((fault) => [this.features[fault.feature], fault.sentence])].filter(([one]) => one);
  }

  get document() {
    return { ...this.size, areas: this.areas.map(areaOf), features: this.features.map(bare), booths: this.booths.map(bare) };
  }

  isTaken(one) {
    return this.taken.has(one.id);
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
    if (this.judged) this.judge(this.judged, true);
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
    this.backup = JSON.stringify({ revision: this.revision, plan: this.plan, document: this.document });
    localStorage.setItem(this.backupKey, this.backup);
    this.told("changed");
    clearTimeout(this.timer);
    if (!this.conflict) this.timer = setTimeout(() => this.save(), WAIT);
  }

  /** Sends what was drawn; a change made meanwhile is sent after it. */
  async save() {
    clearTimeout(this.timer);
    if (this.saving) return this.saving.then(() => (this.dirty ? this.save() : undefined));
    if (!this.dirty || this.conflict) return undefined;
    this.dirty = false;
    this.told("saving");
    this.saving = this.send().finally(() => (this.saving = null));
    await this.saving;
    return this.dirty && !this.stuck ? this.save() : undefined;
  }

  async send() {
    this.stuck = false;
    try {
      const draft = await this.ask("PUT", "", { revision: this.revision, plan: this.plan, document: this.document });
      this.revision = draft.revision;
      this.judge(draft);
      if (!this.dirty && localStorage.getItem(this.backupKey) === this.backup) localStorage.removeItem(this.backupKey); // not another window's
      this.told("saved");
    } catch (error) {
      this.dirty = true;
      this.stuck = true;
      this.conflict = error.code === "plan_changed";
      if (this.conflict) this.told("conflict");
      else this.told(stateOf(error), error.message);
      const signedOut = stateOf(error) === "signed-out";
      if (signedOut || !error.status || error.status >= 500) this.timer = setTimeout(() => (signedOut ? this.renew() : this.save()), AGAIN);
    }
  }

  /** Who has signed in again in another window has another token now: it stands in a fresh copy of this page. */
  async renew() {
    const page = await fetch(location.href, { headers: { Accept: "text/html" } }).then((answer) => answer.text(), () => "");
    const token = /name="csrf-token" content="([^"]+)"/.exec(page)?.[1];
    if (token) document.querySelector('meta[name="csrf-token"]').content = token;
    return this.save();
  }

  /** Before the drawing is thrown away: nothing of it is kept here either. */
  forget() {
    clearTimeout(this.timer);
    this.dirty = false;
    localStorage.removeItem(this.backupKey);
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
    this.plan = draft.plan;
    this.conflict = false;
    return this.touch();
  }
}
