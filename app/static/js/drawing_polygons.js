// Polygons, and areas as such: what lies in one, whether two share floor. app/booths/area_geometry.py decides the same; both are
// tested on tests/front/areas.json. Corners are [x, y] in centimetres; nothing touches the page.

const SLACK = 1; // cm: floor shared no deeper than this is how drawings are rounded

/** An area of a document as a thing of the drawing: its box, and corners from the box's corner. */
export function areaItem({ zone, corners }) {
  const x = Math.min(...corners.map((one) => one[0]));
  const y = Math.min(...corners.map((one) => one[1]));
  const box = { x_cm: x, y_cm: y, width_cm: Math.max(...corners.map((one) => one[0])) - x, depth_cm: Math.max(...corners.map((one) => one[1])) - y };
  return { type: "area", kind: "zone_area", zone, ...box, corners: corners.map(([a, b]) => [a - x, b - y]) };
}

/** Where its corners are in the hall. */
export const cornersOf = (item) => item.corners.map(([x, y]) => [x + item.x_cm, y + item.y_cm]);

/** As a document says it. */
export const areaOf = (item) => ({ zone: item.zone, corners: cornersOf(item) });

/** The same area with other corners. */
export const reshaped = (item, corners) => ({ ...item, ...areaItem({ zone: item.zone, corners }) });

/** What was turned with its box by a quarter: the corners of areas follow. `before` are the same things in order. */
export const turnedCorners = (whole, before) => whole.map((one, n) => (one.type === "area" ? { ...one, corners: one.corners.map(([x, y]) => [before[n].depth_cm - y, x]) } : one));

export const edges = (corners) => corners.map((one, n) => [one, corners[(n + 1) % corners.length]]);

/** Whether a point lies inside; of one on an edge nothing is promised. */
export function encloses(corners, x, y) {
  let within = false;
  for (const [[ax, ay], [bx, by]] of edges(corners)) {
    if (ay > y !== by > y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) within = !within;
  }
  return within;
}

/** Whether two areas lie on each other, deeper than a centimetre. Edges and corners may touch. */
export function shareFloor(one, other) {
  const [a, b] = [boxOf(one), boxOf(other)];
  if (Math.min(a[2], b[2]) - Math.max(a[0], b[0]) <= SLACK || Math.min(a[3], b[3]) - Math.max(a[1], b[1]) <= SLACK) return false;
  return between(one, other).some(([x, y]) => deep(other, x, y)) || between(other, one).some(([x, y]) => deep(one, x, y))
    || deep(other, ...middle(one)) || deep(one, ...middle(other));
}

/** Whether edges cross or touch each other, run back on themselves, or have no length. */
export function crossesItself(corners) {
  const sides = edges(corners);
  const back = ([a, b], n) => {
    const c = sides[(n + 1) % sides.length][1];
    return turn(a, b, c) === 0 && (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0;
  };
  if (sides.some(([a, b]) => a[0] === b[0] && a[1] === b[1]) || sides.some(back)) return true;
  return sides.some((one, n) => sides.some((other, m) => m - n > 1 && m - n < sides.length - 1 && meet(one, other)));
}

export const areaCm2 = (corners) => Math.round(Math.abs(edges(corners).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0)) / 2);

/** Of a booth: a turned rectangle keeps its width by its depth. app/booths/outline.py says the same, and why. */
export function boothCm2(corners) {
  if (corners.length !== 4) return areaCm2(corners);
  const [[ax, ay], [bx, by], [cx, cy], [dx, dy]] = corners;
  const sides = [[bx - ax + cx - dx, by - ay + cy - dy], [dx - ax + cx - bx, dy - ay + cy - by]];
  const one = [sides[0][0] + sides[1][1], sides[0][1] - sides[1][0]];
  const far = Math.hypot(...one);
  for (const step of far ? [10, 1] : []) {
    const [w, d] = sides.map((side) => Math.floor(Math.hypot(...side) / 2 / step + 0.5) * step);
    const fits = [[-w, -d], [w, -d], [w, d], [-w, d]].every(([p, q], n) => Math.hypot(
      corners[n][0] - (ax + bx + cx + dx) / 4 - (p * one[0] - q * one[1]) / far / 2,
      corners[n][1] - (ay + by + cy + dy) / 4 - (p * one[1] + q * one[0]) / far / 2,
    ) < 0.9);
    if (fits) return w * d;
  }
  return areaCm2(corners);
}

export const areaM2 = (corners) => areaCm2(corners) / 10_000;

/** Where a name of this size meets none of the booths, from the top; else at the area's left upper corner. */
export function roomFor(corners, width, height, booths) {
  const [left, top, right, bottom] = boxOf(corners);
  const near = booths.filter((one) => one.x_cm < right && one.x_cm + one.width_cm > left && one.y_cm < bottom && one.y_cm + one.depth_cm > top);
  for (let y = top; y + height <= bottom; y += Math.max(50, (bottom - top) / 24)) {
    for (let x = left; x + width <= right; x += Math.max(50, (right - left) / 24)) {
      const within = [[x + 1, y + 1], [x + width - 1, y + 1], [x + width - 1, y + height - 1], [x + 1, y + height - 1]].every(([a, b]) => encloses(corners, a, b));
      if (within && !near.some((one) => one.x_cm < x + width && one.x_cm + one.width_cm > x && one.y_cm < y + height && one.y_cm + one.depth_cm > y)) return [x, y];
    }
  }
  return [left, top];
}

const boxOf = (corners) => [Math.min(...corners.map((one) => one[0])), Math.min(...corners.map((one) => one[1])), Math.max(...corners.map((one) => one[0])), Math.max(...corners.map((one) => one[1]))];

/** Middles of the pieces that the other's edges and corners cut from the edges of this one. */
function between(one, other) {
  const found = [];
  for (const [[ax, ay], [bx, by]] of edges(one)) {
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy;
    if (!length) continue;
    const cuts = [0, 1];
    for (const [[cx, cy], [ex, ey]] of edges(other)) {
      cuts.push(((cx - ax) * dx + (cy - ay) * dy) / length);
      const across = dx * (ey - cy) - dy * (ex - cx);
      if (across) cuts.push(((cx - ax) * (ey - cy) - (cy - ay) * (ex - cx)) / across);
    }
    const sorted = cuts.filter((cut) => cut >= 0 && cut <= 1).sort((a, b) => a - b);
    for (let n = 1; n < sorted.length; n += 1) {
      const at = (sorted[n - 1] + sorted[n]) / 2;
      found.push([ax + at * dx, ay + at * dy]);
    }
  }
  return found;
}

/** A point well inside: in the middle of the widest line across, halfway between two corners' heights. */
function middle(corners) {
  let [best, point] = [-1, corners[0]];
  const heights = [...new Set(corners.map((one) => one[1]))].sort((a, b) => a - b);
  for (let n = 1; n < heights.length; n += 1) {
    const y = (heights[n - 1] + heights[n]) / 2;
    const met = edges(corners).filter(([a, b]) => a[1] > y !== b[1] > y);
    const at = met.map(([[ax, ay], [bx, by]]) => ax + ((y - ay) * (bx - ax)) / (by - ay)).sort((a, b) => a - b);
    for (let m = 0; m + 1 < at.length; m += 2) {
      const room = Math.min(at[m + 1] - at[m], heights[n] - heights[n - 1]);
      if (room > best) [best, point] = [room, [(at[m] + at[m + 1]) / 2, y]];
    }
  }
  return point;
}

const deep = (corners, x, y) => encloses(corners, x, y) && edges(corners).every((edge) => distance(edge, x, y) > SLACK);

/** From a point to an edge. */
export function distance([[ax, ay], [bx, by]], x, y) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const at = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return Math.hypot(x - ax - at * dx, y - ay - at * dy);
}

const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

function meet([a, b], [c, d]) {
  const apart = (axis) => Math.max(a[axis], b[axis]) < Math.min(c[axis], d[axis]) || Math.max(c[axis], d[axis]) < Math.min(a[axis], b[axis]);
  return !apart(0) && !apart(1) && turn(a, b, c) * turn(a, b, d) <= 0 && turn(c, d, a) * turn(c, d, b) <= 0;
}
