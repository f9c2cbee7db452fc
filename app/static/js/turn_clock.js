// How long it is until a turn begins, or booking opens for all: the server's time counts, and the clock never jumps back.

export default function turnClock(element) {
  const { until, now, days, time } = element.dataset;
  const began = performance.now();
  const atFirst = Number(until) - Number(now);
  let shown = Infinity;

  function tick() {
    if (!element.isConnected) return clearInterval(timer);
    const left = Math.max(0, Math.ceil(atFirst - (performance.now() - began) / 1000));
    if (left >= shown) return undefined;
    shown = left;
    const two = (part) => String(part).padStart(2, "0");
    const clock = `${Math.floor((left % 86400) / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    const whole = Math.floor(left / 86400);
    element.textContent = whole ? days.replace("{days}", whole).replace("{time}", clock) : time.replace("{time}", clock);
    if (left === 0) {
      clearInterval(timer);
      // what is typed beside a live hold stays: there the drawer alone is read again
      const typing = document.querySelector(".held form");
      setTimeout(() => (typing ? document.dispatchEvent(new CustomEvent("phien:hold-over")) : location.reload()), 1500);
    }
    return undefined;
  }
  const timer = setInterval(tick, 250);
  tick();
}
