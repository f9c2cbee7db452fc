// Corners under the pointer: handles of a shape, the handle that turns, and the shape that is being drawn.

import { cornerAt, cornersOf, middleOf, rotated, shaped, withCorner } from "./drawing_shapes.js";
import { make, pathOf } from "./drawing_svg.js";

const coarse = matchMedia("(pointer: coarse)").matches;
const ABOVE = coarse ? 44 : 30; // px between a booth and the handle that turns it
const REACH = coarse ? 22 : 10; // px within which a corner is met

/** Handles of the one booth that is chosen: a corner each, a smaller one in the middle of each edge, one to turn. */
export function cornerHandles(one, active, scale) {
  const top = [one.x_cm + one.width_cm / 2, one.y_cm];
  const turn = [
    make("path", { class: "turn-line", d: pathOf([top, [top[0], top[1] - ABOVE * scale]], false) }),
    make("circle", { class: "handle turn", "data-turn": "", cx: top[0], cy: top[1] - ABOVE * scale }),
  ];
  if (!one.outline) return turn;
  const edges = one.outline.map((_, n) => middleOf(one.outline, n));
  return [
    ...turn,
    ...edges.map(([x, y], n) => make("circle", { class: "handle between", "data-between": n, cx: x, cy: y })),
    ...one.outline.map(([x, y], n) => make("circle", { class: n === active ? "handle corner active" : "handle corner", "data-corner": n, cx: x, cy: y })),
  ];
}

/** What a press on a handle begins; null where it was none of these. */
export function cornerGesture({ corner, between, turn }, one, start) {
  if (turn !== undefined) return { kind: "turn", start, one };
  if (corner !== undefined) return { kind: "corner", start, one, at: Number(corner), corners: one.outline };
  if (between === undefined) return null;
  const at = Number(between) + 1;
  return { kind: "corner", start, one, at, corners: withCorner(one.outline, at, middleOf(one.outline, at - 1)) };
}

/** The booth as the gesture makes it while the pointer is at x, y. */
export function followed(gesture, x, y, { acts, scale, shift, alt }) {
  const { one, start } = gesture;
  if (gesture.kind === "turn") {
    const [cx, cy] = [one.x_cm + one.width_cm / 2, one.y_cm + one.depth_cm / 2];
    const by = ((Math.atan2(y - cy, x - cx) - Math.atan2(start.y - cy, start.x - cx)) * 180) / Math.PI;
    const step = shift ? 15 : 1;
    gesture.degrees = ((Math.round(by / step) * step + 540) % 360) - 180;
    return rotated([one], gesture.degrees)[0];
  }
  const others = acts.store.booths.filter((each) => each.id !== one.id);
  const to = cornerAt(x, y, alt ? [] : others, alt ? 1 : acts.grid, REACH * scale);
  return shaped(one, gesture.corners.map((corner, n) => (n === gesture.at ? to : corner)));
}

export function ghost(one, degrees) {
  const middle = { x: one.x_cm + one.width_cm / 2, y: one.y_cm + one.depth_cm / 2 };
  const said = degrees === undefined ? [] : [make("text", { class: "rubber-words", ...middle }, `${degrees}°`)];
  return [make("path", { class: "rubber", d: pathOf(cornersOf(one)) }), ...said];
}

/** The corners set so far, and the way to where the next one would be. */
export function pendingShape({ pending, cursor, tool }) {
  if (tool !== "shape") return [];
  const drawn = cursor ? [...pending, cursor] : pending;
  const line = drawn.length > 1 ? [make("path", { class: "rubber", d: pathOf(drawn, false) })] : [];
  const cross = cursor ? [make("circle", { class: "handle cursor", cx: cursor[0], cy: cursor[1] })] : [];
  return [...line, ...cross, ...pending.map(([x, y], n) => make("circle", { class: n ? "handle corner" : "handle corner first", cx: x, cy: y }))];
}

export const meets = (corner, [x, y], scale) => Math.hypot(corner[0] - x, corner[1] - y) <= REACH * scale;
