// A badge that stays before the camera is one scan: it counts again when it was gone for as long as the rules say.

export class Dwell {
  constructor() {
    this.seen = new Map();
  }

  // Whether this badge was seen here within `ms` before `now`, whatever was read in between; each look begins it anew.
  holds(code, direction, now, ms) {
    const key = `${code} ${direction}`;
    const before = this.seen.get(key);
    for (const [other, at] of this.seen) if (now - at >= ms) this.seen.delete(other);
    this.seen.set(key, now);
    return before !== undefined && now - before < ms;
  }
}
