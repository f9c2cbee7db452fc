// A fire alarm turns the gate to scanning out, at once where there is a network, else with the next snapshot.
// It lasts until the organiser ends it, through reloads too, and then the gate goes on in the direction it had.

export class Alarm {
  // `turn(direction)` sets the gate's direction, `kept(name, value)` remembers through reloads, `say(alarm)` shows it.
  constructor({ turn, kept, say }) {
    Object.assign(this, { turn, kept, say, on: null, at: 0 });
  }

  get id() {
    return this.on?.id ?? null;
  }

  // The alarm as it stood at that moment, null for none; what is older than the last word heard changes nothing.
  heed(alarm, at) {
    const moment = Date.parse(at);
    if (!(moment >= this.at)) return;
    this.at = moment;
    const before = this.id;
    this.on = alarm ?? null;
    if (this.on && this.id !== before) { // also a gate that scans nobody out on other days
      if (!this.kept("before-alarm")) this.kept("before-alarm", this.kept("direction") ?? "in");
      this.turn("out");
    } else if (!this.on && this.kept("before-alarm")) {
      this.turn(this.kept("before-alarm"));
      this.kept("before-alarm", "");
    }
    this.say(this.on);
  }
}
