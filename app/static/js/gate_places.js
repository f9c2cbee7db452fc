// Whether a hall, or the fair, holds another visitor, by the passages that this device knows: the rule of
// app/visitors/inside.py, each person once, where the badge was read last today.

export class Places {
  constructor(facts) {
    Object.assign(this, { facts, raw: null, day: null, where: new Map(), inside: new Map() });
  }

  // The code of the hall behind the gate when it is full, "" when the fair is, else null: also for who is in it already.
  full(gate, now, person) {
    const { raw } = this.facts;
    const hall = raw?.halls?.find(({ code }) => code === this.hallOf(gate));
    if (!raw || ((hall?.capacity ?? null) === null && (raw.capacity ?? null) === null)) return null;
    this.count(now);
    const place = this.where.get(person);
    if (hall && place !== hall.code && hall.capacity !== null && (this.inside.get(hall.code) ?? 0) >= hall.capacity) return hall.code;
    if (place !== undefined) return null;
    return raw.capacity !== null && this.where.size >= raw.capacity ? "" : null;
  }

  // Somebody has just passed: `passages` are all that is known of them now.
  moved(person, passages) {
    if (this.raw !== this.facts.raw || !this.raw) return;
    this.leave(person);
    this.place(person, passages);
  }

  // Anew with each snapshot and each day; in between only who passes is counted again.
  count(now) {
    const day = startOfDay(now, this.facts.raw.rules.time_zone);
    if (this.raw === this.facts.raw && this.day === day) return;
    Object.assign(this, { raw: this.facts.raw, day });
    this.where.clear();
    this.inside.clear();
    for (const [person, passages] of this.facts.passages) this.place(person, passages);
  }

  place(person, passages) {
    const last = passages.at(-1);
    if (!last || last.way !== "in" || ms(last.at) < this.day) return;
    const hall = this.hallOf(last.gate);
    this.where.set(person, hall);
    this.inside.set(hall, (this.inside.get(hall) ?? 0) + 1);
  }

  leave(person) {
    if (!this.where.has(person)) return;
    const hall = this.where.get(person);
    this.where.delete(person);
    this.inside.set(hall, this.inside.get(hall) - 1);
  }

  hallOf(gate) {
    return this.facts.raw.gates.find(({ code }) => code === gate)?.hall ?? "";
  }
}

const ms = (instant) => (typeof instant === "number" ? instant : Date.parse(instant));

// Midnight before `now` at the fair. On a day of a clock change it may be an hour off, in the night.
function startOfDay(now, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })
    .formatToParts(now).filter(({ type }) => type !== "literal").map(({ value }) => Number(value));
  const since = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + (now % 1000);
  return now - since;
}
