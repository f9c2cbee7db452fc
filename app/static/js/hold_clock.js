// The hold's clock: the server's time counts, 20 squares go out one by one, and it never jumps back.

export default function holdClock(element) {
  const { until, now, minutes, soon, over } = element.dataset;
  const clock = element.querySelector("[data-clock]");
  const squares = [...element.querySelectorAll("rect")];
  const warning = element.querySelector(".soon");
  const began = performance.now();
  const atFirst = Number(until) - Number(now);
  const whole = Number(minutes || 20) * 60;
  let shown = Infinity;

  function tick() {
    if (!element.isConnected) return clearInterval(timer);
    const left = Math.max(0, Math.ceil(atFirst - (performance.now() - began) / 1000));
    if (left > shown) return undefined;
    shown = left;
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    const lit = Math.min(squares.length, Math.ceil((left / whole) * squares.length));
    squares.forEach((square, n) => square.setAttribute("class", n < lit ? "" : "out"));
    const text = left === 0 ? over : left < 180 ? soon.replace("{minutes}", Math.ceil(left / 60)) : "";
    if (warning && warning.textContent !== text) warning.textContent = text;
    if (left === 0) {
      clearInterval(timer);
      setTimeout(() => document.dispatchEvent(new CustomEvent("phien:hold-over")), 1500);
    }
    return undefined;
  }
  const timer = setInterval(tick, 250);
  tick();
}
