// Keys on the plan: one tab stop; arrows move to the neighbour, Enter or space chooses, Escape clears.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Answers what is to be called when the hall was drawn anew: there is one tab stop again, where it was. */
export function walk(svg, choose, clear) {
  let all = [];
  let marks = null;
  const place = (element) => element.dataset.at.split(" ").map(Number);
  const ring = (shape, name) => {
    const made = shape.cloneNode();
    made.setAttribute("class", name);
    made.removeAttribute("fill");
    return made;
  };
  const middle = (element) => {
    const [x, y, w, h] = place(element);
    return [x + w / 2, y + h / 2];
  };
  const stop = (element) => {
    for (const one of all) one.setAttribute("tabindex", one === element ? "0" : "-1");
  };
  const begin = (number = "") => {
    all = [...svg.querySelectorAll(".b")];
    marks = svg.querySelector("#marks");
    stop(all.find((one) => one.dataset.n === number) ?? all.find((one) => one.matches(".free:not(.dim)")) ?? all[0]);
  };
  begin();

  svg.addEventListener("focusin", (event) => {
    const element = event.target.closest(".b");
    if (!element || !element.matches(":focus-visible")) return;
    const shape = element.querySelector("path.f");
    if (shape) return void marks.replaceChildren(ring(shape, "mark-focus shape"), ring(shape, "mark-focus-in"));
    const [x, y, w, h] = place(element);
    marks.innerHTML =
      `<rect class="mark-focus-in" x="${x - 2}" y="${y - 2}" width="${w + 4}" height="${h + 4}"/>` +
      `<rect class="mark-focus" x="${x - 4.5}" y="${y - 4.5}" width="${w + 9}" height="${h + 9}"/>`;
  });
  svg.addEventListener("focusout", () => marks.replaceChildren());
  svg.addEventListener("keydown", (event) => {
    const element = event.target.closest(".b");
    if (event.key === "Escape") return clear();
    if (!element) return undefined;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return choose(element);
    }
    const step = ARROWS[event.key];
    if (!step) return undefined;
    event.preventDefault();
    const next = neighbour(element, step);
    if (!next) return undefined;
    stop(next);
    next.focus();
    return undefined;
  });

  function neighbour(from, [dx, dy]) {
    const [x, y] = middle(from);
    let best = null;
    let least = Infinity;
    for (const one of all) {
      const [ox, oy] = middle(one);
      const along = (ox - x) * dx + (oy - y) * dy;
      const aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      if (along <= 1) continue;
      const far = along + aside * 3;
      if (far < least) [best, least] = [one, far];
    }
    return best;
  }

  return begin;
}
