// What the device keeps through reloads: the queue of scans, the fair's snapshot, and its own passages of the day.
import { openDB } from "../vendor/idb.js";
import { Rooms } from "./gate_rooms.js";

export async function openStore(slug) {
  const base = await openDB(`phien-gate-${slug}`, 1, {
    upgrade(db) {
      for (const name of ["queue", "own", "faults"]) db.createObjectStore(name, { keyPath: "id" });
      db.createObjectStore("kept");
    },
  });
  navigator.storage?.persist?.().catch(() => {});
  return {
    get: (key) => base.get("kept", key),
    set: (key, value) => base.put("kept", value, key),
    facts: async () => new Facts(await base.get("kept", "snapshot"), await base.getAll("own"), await base.get("kept", "news")),
    // Some news are written beside the snapshot: to write 13,000 badges anew holds up a phone for half a second.
    async learn(facts) {
      const work = base.transaction("kept", "readwrite");
      for (const [key, value] of facts.unkept()) work.store.put(value, key);
      await work.done;
    },
    queue: () => base.getAll("queue"),
    own: () => base.getAll("own"),
    faults: () => base.count("faults"),
    // The scan and what it made true, together or not at all.
    async keep(scan, passage, undone) {
      const work = base.transaction(["queue", "own"], "readwrite", { durability: "strict" });
      work.objectStore("queue").put(scan);
      if (passage) work.objectStore("own").put(passage);
      if (undone) work.objectStore("own").delete(undone);
      await work.done;
    },
    // Scans that pages took before the clock was measured, each as `corrected` makes it.
    async correct(corrected) {
      const work = base.transaction("queue", "readwrite");
      for (const kept of await work.store.getAll()) if (kept.unmeasured) work.store.put(corrected(kept));
      await work.done;
    },
    // The clock was set by `ms`: what waits to be corrected was taken by the clock as it was before.
    async shift(ms) {
      const work = base.transaction("queue", "readwrite");
      for (const kept of await work.store.getAll()) if (kept.unmeasured) work.store.put({ ...kept, shifted: (kept.shifted ?? 0) + ms });
      await work.done;
    },
    // What the server refused once is sent once more.
    async retry() {
      const work = base.transaction(["queue", "faults"], "readwrite");
      for (const kept of await work.objectStore("faults").getAll()) {
        work.objectStore("queue").put(kept);
        work.objectStore("faults").delete(kept.id);
      }
      await work.done;
    },
    // The server knew better than this device whether the person came in.
    async settle(id, passage) {
      if (passage) await base.put("own", passage);
      else await base.delete("own", id);
    },
    async sent(ids) {
      const work = base.transaction("queue", "readwrite");
      for (const id of ids) work.store.delete(id);
      await work.done;
    },
    async refused(scan) {
      const work = base.transaction(["queue", "faults"], "readwrite");
      work.objectStore("faults").put(scan);
      work.objectStore("queue").delete(scan.id);
      await work.done;
    },
    async forget(before) {
      const work = base.transaction("own", "readwrite");
      for (const passage of await work.store.getAll()) if (Date.parse(passage.at) < before) work.store.delete(passage.id);
      await work.done;
    },
  };
}

const ASKED = ["company", "country", "phone"]; // in the order of the bits that a snapshot has of them

const NEWS_AT_MOST = 1000; // rows; with more the snapshot is written anew

// The snapshot as the device looks things up in it: `raw` is its head, `rows` its lists as they came, by badge and scan.
export class Facts {
  constructor(raw, own, news) {
    Object.assign(this, { badges: new Map(), numbers: new Map(), passages: new Map(), rooms: new Rooms(), raw: null, rows: noRows(), news: null });
    // One from before badges told what is known of their bearers serves until the next word, which then is whole.
    if (raw?.badges.some((row) => row.length < 10)) raw = { ...raw, at: undefined };
    if (raw) this.take(raw);
    this.news = raw ? noRows() : null;
    if (raw && news) this.take(news);
    for (const passage of own) this.add(passage.person, passage);
  }

  // A whole snapshot, or what changed since the one before.
  take({ badges, passages, seats = [], session_passages = [], ...head }) {
    if (head.whole || !this.raw) {
      this.raw = head;
      this.rows = noRows();
      this.news = null;
      this.badges.clear();
      this.numbers.clear();
      this.rooms.forgetSeats();
    } else {
      this.raw = { ...this.raw, ...head, whole: true };
    }
    for (const rows of this.news ? [this.rows, this.news] : [this.rows]) {
      for (const badge of badges) rows.badges.set(badge[0], badge);
      for (const passage of passages) rows.passages.set(passage[1], passage);
      for (const seat of seats) rows.seats.set(`${seat[0]} ${seat[1]}`, seat);
      for (const passage of session_passages) rows.session_passages.set(passage[1], passage);
    }
    for (const [code_id, number, person, category, first_day, days_mask, state, reason, changed_at, known = 15] of badges) {
      const badge = { person, category, first_day, days_mask, state, reason, changed_at, paid: Boolean(known & 1), lacks: ASKED.filter((_, n) => !(known & (2 << n))) };
      this.badges.set(code_id, badge);
      this.numbers.set(number, badge);
    }
    for (const seat of seats) this.rooms.seat(seat);
    for (const [person, id, at, gate, way, visit, annulled] of [...passages, ...session_passages]) {
      if (annulled) this.remove(person, id, gate);
      else this.add(person, { id, at, gate, way, visit });
    }
  }

  // What a store must write to know what these know: [key, value], one each.
  unkept() {
    if (this.news && Object.values(this.news).reduce((sum, rows) => sum + rows.size, 0) <= NEWS_AT_MOST) return [["news", this.packed(this.news, false)]];
    this.news = noRows();
    return [["snapshot", this.packed(this.rows, true)], ["news", null]];
  }

  packed(rows, whole) {
    const lists = Object.entries(rows).map(([name, list]) => [name, [...list.values()]]);
    return { ...this.raw, whole, ...Object.fromEntries(lists) };
  }

  // What a person said at this device's door: known here before the server tells, and after a reload.
  told(badge, names) {
    const fresh = badge.lacks.filter((name) => names.includes(name));
    badge.lacks = badge.lacks.filter((name) => !names.includes(name));
    const bits = fresh.reduce((sum, name) => sum | (2 << ASKED.indexOf(name)), 0);
    for (const row of this.rows.badges.values()) {
      if (row[2] !== badge.person) continue;
      row[9] = (row[9] ?? 15) | bits;
      this.news?.badges.set(row[0], row);
    }
    return bits !== 0;
  }

  // A person's passages: of the fair, or at the door of a session.
  of(person, gate) {
    return this.shelf(gate).get(person) ?? [];
  }

  shelf(gate) {
    return this.raw?.rules.sessions?.[gate] ? this.rooms.at(gate).passages : this.passages;
  }

  add(person, { id, at, gate, way, visit }) {
    const others = this.of(person, gate).filter((p) => p.id !== id);
    this.set(person, [...others, { id, at, gate, way, visit }].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)), gate);
  }

  set(person, passages, gate) {
    this.shelf(gate).set(person, passages);
  }

  remove(person, id, gate) {
    this.set(person, this.of(person, gate).filter((p) => p.id !== id), gate);
  }
}

const noRows = () => ({ badges: new Map(), passages: new Map(), seats: new Map(), session_passages: new Map() });
