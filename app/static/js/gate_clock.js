// The server's time by this device's clock, and what becomes of it when somebody sets that clock.
// The page's own timer does not follow the clock, so a jump between the two is seen while the page is open. While it is
// hidden both may stand still, as a phone does in its sleep: then the difference is measured anew.

const JUMP_MS = 2000, LOOK_MS = 1000;

export class DeviceClock {
  // `onJump(ms)`: the clock was set by so much under the open page; `onDoubt()`: perhaps, while nobody looked.
  constructor({ onJump, onDoubt }) {
    Object.assign(this, { onJump, onDoubt, drift: null, hidden: false });
    this.mark();
    setInterval(() => this.look(), LOOK_MS);
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.hidden = true; });
  }

  // This moment by the fair's clock, as far as this device knows it.
  now() {
    this.look();
    return Date.now() - (this.drift ?? 0);
  }

  // The drift as it was just measured.
  measured(drift) {
    this.drift = drift;
    this.mark();
  }

  mark() {
    this.wall = Date.now();
    this.timer = performance.now();
    this.hidden = document.hidden;
  }

  look() {
    const jump = Math.round(Date.now() - this.wall - (performance.now() - this.timer));
    const slept = this.hidden && jump > 0;
    this.mark();
    if (Math.abs(jump) < JUMP_MS) return;
    if (slept) return this.onDoubt();
    if (this.drift !== null) this.drift += jump;
    this.onJump(jump);
  }
}
