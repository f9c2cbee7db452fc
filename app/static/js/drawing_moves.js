// What can be done to drawn things, as functions: items in, items out. Lengths in centimetres; nothing touches the page.

const MIN = 50;
export const right = (one) => one.x_cm + one.width_cm;
export const bottom = (one) => one.y_cm + one.depth_cm;

/** The box around items. */
export function around(items) {
  const x = Math.min(...items.map((one) => one.x_cm));
  const y = Math.min(...items.map((one) => one.y_cm));
  return { x_cm: x, y_cm: y, width_cm: Math.max(...items.map(right)) - x, depth_cm: Math.max(...items.map(bottom)) - y };
}

/** The same thing elsewhere, with the corners of a shape. */
export function placed(one, x, y) {
  const outline = one.outline?.map(([a, b]) => [a + x - one.x_cm, b + y - one.y_cm]);
  return { ...one, x_cm: x, y_cm: y, ...(outline && { outline }) };
}

export const moved = (one, dx, dy) => placed(one, Math.max(0, one.x_cm + dx), Math.max(0, one.y_cm + dy));

/** How far to move so that the box lies on an edge of the others nearby, else on the grid. */
export function snapped(box, others, grid, reach) {
  const nearest = (edges, targets, start) => {
    let best = null;
    for (const edge of edges) {
      for (const target of targets) {
        const off = target - edge;
        if (Math.abs(off) <= reach && (best === null || Math.abs(off) < Math.abs(best))) best = off;
      }
    }
    return best ?? Math.round(start / grid) * grid - start;
  };
  const near = others.filter((one) => one.x_cm < right(box) + 600 && right(one) > box.x_cm - 600
    && one.y_cm < bottom(box) + 600 && bottom(one) > box.y_cm - 600);
  return {
    dx: nearest([box.x_cm, right(box)], near.flatMap((one) => [one.x_cm, right(one)]), box.x_cm),
    dy: nearest([box.y_cm, bottom(box)], near.flatMap((one) => [one.y_cm, bottom(one)]), box.y_cm),
  };
}

/** Stretch by a handle: the sides named in it (n, s, w, e) follow the pointer, on the grid. */
export function stretched(one, handle, x, y, grid) {
  const on = (value) => Math.max(0, Math.round(value / grid) * grid);
  let [left, top, r, b] = [one.x_cm, one.y_cm, right(one), bottom(one)];
  if (handle.includes("w")) left = Math.min(on(x), r - MIN);
  if (handle.includes("e")) r = Math.max(on(x), left + MIN);
  if (handle.includes("n")) top = Math.min(on(y), b - MIN);
  if (handle.includes("s")) b = Math.max(on(y), top + MIN);
  return { ...one, x_cm: left, y_cm: top, width_cm: r - left, depth_cm: b - top };
}

/** A quarter turn of the whole group about its middle. */
export function turned(items) {
  const box = around(items);
  const [cx, cy] = [box.x_cm + box.width_cm / 2, box.y_cm + box.depth_cm / 2];
  const whole = items.map((one) => {
    const mx = one.x_cm + one.width_cm / 2 - cx;
    const my = one.y_cm + one.depth_cm / 2 - cy;
    const [x, y] = [Math.round(cx - my - one.depth_cm / 2), Math.round(cy + mx - one.width_cm / 2)];
    const outline = one.outline?.map(([a, b]) => [x + one.depth_cm - (b - one.y_cm), y + a - one.x_cm]);
    return { ...one, x_cm: x, y_cm: y, width_cm: one.depth_cm, depth_cm: one.width_cm, ...(outline && { outline }) };
  });
  const after = around(whole);
  return whole.map((one) => moved(one, Math.max(0, -after.x_cm), Math.max(0, -after.y_cm)));
}

export function aligned(items, side) {
  const box = around(items);
  const to = {
    left: (one) => [box.x_cm, one.y_cm], top: (one) => [one.x_cm, box.y_cm],
    right: (one) => [right(box) - one.width_cm, one.y_cm], bottom: (one) => [one.x_cm, bottom(box) - one.depth_cm],
  }[side];
  return items.map((one) => placed(one, ...to(one)));
}

/** Equal gaps between the first and the last, across (x) or down (y). */
export function spread(items, axis) {
  const [at, size] = axis === "x" ? ["x_cm", "width_cm"] : ["y_cm", "depth_cm"];
  const sorted = [...items].sort((a, b) => a[at] - b[at]);
  const room = sorted.at(-1)[at] + sorted.at(-1)[size] - sorted[0][at] - sorted.reduce((sum, one) => sum + one[size], 0);
  let place = sorted[0][at];
  const places = new Map(sorted.map((one) => {
    const here = place;
    place += one[size] + room / (sorted.length - 1);
    return [one.id, Math.round(here)];
  }));
  return items.map((one) => (axis === "x" ? placed(one, places.get(one.id), one.y_cm) : placed(one, one.x_cm, places.get(one.id))));
}

/** Copies of the group: columns × rows of it, with an aisle after every so many rows. The first is the group itself. */
export function repeated(items, { columns, rows, gapX, gapY, aisle, every }) {
  const box = around(items);
  const copies = [];
  let y = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (row || column) copies.push(...items.map((one) => moved(one, column * (box.width_cm + gapX), y)));
    }
    y += box.depth_cm + (every && (row + 1) % every === 0 ? aisle : gapY);
  }
  return copies;
}

/** Lines of items that lie beside each other, from the top, each from the left. */
export function lines(items) {
  const found = [];
  for (const one of [...items].sort((a, b) => a.y_cm - b.y_cm || a.x_cm - b.x_cm)) {
    const line = found.at(-1);
    const middle = one.y_cm + one.depth_cm / 2;
    if (line && middle < bottom(line[0])) line.push(one);
    else found.push([one]);
  }
  return found.map((line) => line.sort((a, b) => a.x_cm - b.x_cm));
}

const padded = (prefix, n, digits) => `${prefix}${String(n).padStart(digits, "0")}`;
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"; // no I and no O: read aloud they are numbers

/** The prefix of the n-th line after this one: A, B, … Z, AA; a prefix that does not end in a letter gets one. */
export function nextPrefix(prefix, n) {
  const head = /[A-HJ-NP-Z]$/.test(prefix) ? prefix.slice(0, -1) : prefix;
  const at = (head === prefix ? 0 : LETTERS.indexOf(prefix.at(-1))) + n;
  return head + (at < LETTERS.length ? LETTERS[at] : LETTERS[Math.floor(at / LETTERS.length) - 1] + LETTERS[at % LETTERS.length]);
}

/** New numbers by id, past those that others have (`taken`, in small letters). Schemes: on (counting on from line to line), serpentine (every other line backwards), lines (a letter a line). */
export function numbered(items, { prefix, first, digits, scheme }, taken = new Set()) {
  const numbers = new Map();
  let n = first;
  lines(items).forEach((line, index) => {
    if (scheme === "lines") n = first;
    const head = scheme === "lines" ? nextPrefix(prefix, index) : prefix;
    const order = scheme === "serpentine" && index % 2 ? [...line].reverse() : line;
    for (const one of order) {
      while (taken.has(padded(head, n, digits).toLowerCase())) n += 1;
      numbers.set(one.id, padded(head, n++, digits));
    }
  });
  return numbers;
}

/** The next number that nobody has: A12 → A13. */
export function following(number, taken) {
  const [, head, digits] = /^(.*?)(\d*)$/.exec(number || "A00");
  const width = Math.max(digits.length, 2);
  for (let n = Number(digits || 0) + 1; ; n += 1) {
    const candidate = padded(head, n, width);
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}

/** One booth in place of several that fill their box exactly; null where they do not. It keeps the first's number. */
export function merged(items) {
  const box = around(items);
  const filled = items.reduce((sum, one) => sum + one.width_cm * one.depth_cm, 0);
  if (Math.abs(filled - box.width_cm * box.depth_cm) > box.width_cm + box.depth_cm) return null;
  const first = [...items].sort((a, b) => a.y_cm - b.y_cm || a.x_cm - b.x_cm)[0];
  const priced = items.every((one) => one.price_minor !== null);
  return { ...first, ...box, kind: "", sides: null, price_minor: priced ? items.reduce((sum, one) => sum + one.price_minor, 0) : null };
}

/** A booth cut into equal parts across and down; the first keeps its number, an own price is shared out. */
export function parts(one, across, down) {
  const cut = (start, size, n, at) => Math.round(start + (size * at) / n);
  const pieces = [];
  for (let row = 0; row < down; row += 1) {
    for (let column = 0; column < across; column += 1) {
      const x = cut(one.x_cm, one.width_cm, across, column);
      const y = cut(one.y_cm, one.depth_cm, down, row);
      pieces.push({ ...one, x_cm: x, y_cm: y, width_cm: cut(one.x_cm, one.width_cm, across, column + 1) - x, depth_cm: cut(one.y_cm, one.depth_cm, down, row + 1) - y, kind: "", sides: null });
    }
  }
  if (one.price_minor === null) return pieces;
  const share = Math.floor(one.price_minor / pieces.length);
  return pieces.map((piece, n) => ({ ...piece, price_minor: n ? share : one.price_minor - share * (pieces.length - 1) }));
}
