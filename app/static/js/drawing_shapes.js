// Shapes of booths as functions: corners [x, y] in centimetres, in their order around. Nothing touches the page.

import { edges, encloses } from "./drawing_polygons.js";

const BANDS = 8;
const UPRIGHT = 1; // cm that a corner may be off and still be a rectangle's
export const MOST = 40;

/** The corners of a thing, be it a rectangle or not. */
export function cornersOf({ outline, x_cm: x, y_cm: y, width_cm: w, depth_cm: d }) {
  return outline ?? [[x, y], [x + w, y], [x + w, y + d], [x, y + d]];
}

export function boxOf(corners) {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x_cm: x, y_cm: y, width_cm: Math.max(...xs) - x, depth_cm: Math.max(...ys) - y };
}

/** A booth with these corners, on whole centimetres; one that is an upright rectangle has no outline. */
export function shaped(one, corners) {
  const whole = corners.map(([x, y]) => [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))]);
  const box = boxOf(whole);
  const upright = cornersOf(box);
  const near = ([x, y], [a, b]) => Math.abs(x - a) <= UPRIGHT && Math.abs(y - b) <= UPRIGHT;
  const rectangle = whole.length === 4 && upright.every((corner) => whole.some((other) => near(corner, other)));
  return { ...one, ...box, outline: rectangle ? null : whole };
}

/** All of them turned about their common middle, clockwise by so many degrees; back in the hall where that left it. */
export function rotated(items, degrees) {
  const box = boxOf(items.flatMap(cornersOf));
  const [cx, cy] = [box.x_cm + box.width_cm / 2, box.y_cm + box.depth_cm / 2];
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const turn = ([x, y]) => [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos];
  const after = items.map((one) => cornersOf(one).map(turn));
  const { x_cm: left, y_cm: top } = boxOf(after.flat());
  const [dx, dy] = [Math.max(0, -left), Math.max(0, -top)];
  return items.map((one, n) => shaped(one, after[n].map(([x, y]) => [x + dx, y + dy])));
}

export const withCorner = (corners, at, corner) => [...corners.slice(0, at), corner, ...corners.slice(at)];
export const middleOf = (corners, n) => [0, 1].map((axis) => Math.round((corners[n][axis] + corners[(n + 1) % corners.length][axis]) / 2));

/** Where a corner goes that is set at x, y: on a corner of others within reach, else on the grid. */
export function cornerAt(x, y, others, grid, reach) {
  let best = null;
  let least = reach;
  for (const corner of others.flatMap(cornersOf)) {
    const far = Math.hypot(corner[0] - x, corner[1] - y);
    if (far < least) [best, least] = [corner, far];
  }
  return best ?? [x, y].map((value) => Math.max(0, Math.round(value / grid) * grid));
}

/** The largest upright rectangle that is found in a shape, for its number, as app/booths/outline.py finds it. */
export function roomIn(corners) {
  const box = boxOf(corners);
  const levels = Array.from({ length: BANDS + 1 }, (_, n) => box.y_cm + (box.depth_cm * n) / BANDS);
  let best = { ...box, x_cm: box.x_cm + box.width_cm / 2, y_cm: box.y_cm + box.depth_cm / 2, width_cm: 0, depth_cm: 0 };
  for (const [n, top] of levels.entries()) {
    for (const bottom of levels.slice(n + 1)) {
      const blocked = spans(corners, top, bottom).sort((a, b) => a[0] - b[0]);
      let end = blocked[0]?.[1] ?? 0;
      for (const [start, stop] of blocked.slice(1)) {
        const larger = (start - end) * (bottom - top) > best.width_cm * best.depth_cm;
        if (larger && encloses(corners, (start + end) / 2, (top + bottom) / 2)) best = { x_cm: end, y_cm: top, width_cm: start - end, depth_cm: bottom - top };
        end = Math.max(end, stop);
      }
    }
  }
  return best;
}

function spans(corners, top, bottom) {
  return edges(corners).flatMap((edge) => {
    const [[ax, ay], [bx, by]] = edge.sort((a, b) => a[1] - b[1]);
    if (by <= top || ay >= bottom) return [];
    if (ay === by) return [[Math.min(ax, bx), Math.max(ax, bx)]];
    const at = (level) => ax + ((bx - ax) * (Math.min(Math.max(level, ay), by) - ay)) / (by - ay);
    return [[Math.min(at(top), at(bottom)), Math.max(at(top), at(bottom))]];
  });
}
