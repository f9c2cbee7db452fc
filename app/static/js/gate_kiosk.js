// Self check-in: the device stands before visitors, who read their own badges. Nothing on it is for staff, every answer
// speaks to the visitor and goes by itself, and whoever lets the gate's name go before three seconds ends nothing.

const HOLD_MS = 3000, IDLE_MS = 30_000;
const SHOWN_MS = { passes: 3000, other: 6000 };

export class Kiosk {
  // `begin`: the switch; `name`: the gate's name, which is held to end it.
  constructor({ kept, begin, name, onChange }) {
    Object.assign(this, { kept, onChange });
    begin.onclick = () => {
      begin.closest("dialog")?.close();
      document.documentElement.requestFullscreen?.().catch(() => {});
      this.turn(true);
    };
    let held = 0;
    const hold = () => { if (this.on && !held) held = setTimeout(() => { held = 0; this.turn(false); }, HOLD_MS); };
    const release = () => { clearTimeout(held); held = 0; };
    name.addEventListener("pointerdown", hold);
    name.addEventListener("keydown", ({ key }) => ["Enter", " "].includes(key) && hold());
    for (const end of ["pointerup", "pointercancel", "pointerleave", "keyup", "blur"]) name.addEventListener(end, release);
    name.addEventListener("contextmenu", (event) => this.on && event.preventDefault()); // what holding a finger there opens
    let idle = 0;
    const wake = () => {
      clearTimeout(idle);
      if (this.on) idle = setTimeout(() => document.querySelector("dialog[open]")?.close(), IDLE_MS);
    };
    for (const sign of ["pointerdown", "keydown", "input"]) document.addEventListener(sign, wake, true);
    this.show();
  }

  get on() {
    return this.kept("kiosk") === "yes";
  }

  turn(on) {
    this.kept("kiosk", on ? "yes" : "");
    if (!on && document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.show();
    this.onChange();
  }

  show() {
    document.body.classList.toggle("kiosk", this.on);
  }

  stays(passes) {
    return passes ? SHOWN_MS.passes : SHOWN_MS.other;
  }
}
