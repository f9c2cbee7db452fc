// What the device keeps through reloads: the queue of scans, the fair's snapshot, and its own passages of the day.
import { openDB } from "../vendor/idb.js";

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
    // Scans that a page took before it had measured its clock get the drift that it then found.
    async correct(opened, drift) {
      const work = base.transaction("queue", "readwrite");
      for (const kept of await work.store.getAll()) {
        if (kept.unmeasured === opened) work.store.put({ id: kept.id, scan: { ...kept.scan, drift_ms: drift } });
      }
      await work.done;
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

// The snapshot as the device looks things up in it.
export class Facts {
  constructor(raw, own) {
    Object.assign(this, { badges: new Map(), numbers: new Map(), passages: new Map(), raw: null });
    // One from before badges told what is known of their bearers serves until the next word, which then is whole.
    if (raw?.badges.some((row) => row.length < 10)) raw = { ...raw, at: undefined };
    if (raw) this.take(raw);
    for (const passage of own) this.add(passage.person, passage);
  }

  // A whole snapshot, or what changed since the one before.
  take(raw) {
    if (raw.whole || !this.raw) {
      this.raw = raw;
      this.badges.clear();
      this.numbers.clear();
    } else {
      const badges = new Map(this.raw.badges.map((b) => [b[0], b]));
      for (const badge of raw.badges) badges.set(badge[0], badge);
      const passages = new Map(this.raw.passages.map((p) => [p[1], p]));
      for (const passage of raw.passages) passages.set(passage[1], passage);
      this.raw = { ...this.raw, ...raw, whole: true, badges: [...badges.values()], passages: [...passages.values()] };
    }
    for (const [code_id, number, person, category, first_day, days_mask, state, reason, changed_at, known = 15] of raw.badges) {
      const badge = { person, category, first_day, days_mask, state, reason, changed_at, paid: Boolean(known & 1), lacks: ASKED.filter((_, n) => !(known & (2 << n))) };
      this.badges.set(code_id, badge);
      this.numbers.set(number, badge);
    }
    for (const [person, id, at, gate, way, visit, annulled] of raw.passages) {
      if (annulled) this.remove(person, id);
      else this.add(person, { id, at, gate, way, visit });
    }
  }

  // What a person said at this device's door: known here before the server tells, and after a reload.
  told(badge, names) {
    const fresh = badge.lacks.filter((name) => names.includes(name));
    badge.lacks = badge.lacks.filter((name) => !names.includes(name));
    const bits = fresh.reduce((sum, name) => sum | (2 << ASKED.indexOf(name)), 0);
    for (const row of this.raw.badges) if (row[2] === badge.person) row[9] = (row[9] ?? 15) | bits;
    return bits !== 0;
  }

  of(person) {
    return this.passages.get(person) ?? [];
  }

  add(person, { id, at, gate, way, visit }) {
    const others = this.of(person).filter((p) => p.id !== id);
    this.set(person, [...others, { id, at, gate, way, visit }].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
  }

  set(person, passages) {
    this.passages.set(person, passages);
  }

  remove(person, id) {
    this.set(person, this.of(person).filter((p) => p.id !== id));
  }
}
