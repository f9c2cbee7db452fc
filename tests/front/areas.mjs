// The vectors of areas.json by the editor's own functions, and what only the editor does; prints what differs and exits 1.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

const source = readFileSync(new URL("../../app/static/js/drawing_polygons.js", import.meta.url), "utf8");
const polygons = await import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
const vectors = JSON.parse(readFileSync(new URL("areas.json", import.meta.url), "utf8"));
let faults = 0;
const expect = (name, got, wanted) => {
  if (isDeepStrictEqual(got, wanted)) return;
  faults += 1;
  console.log(`${name}\n  got    ${JSON.stringify(got)}\n  wanted ${JSON.stringify(wanted)}`);
};

for (const [name, one, other, wanted] of vectors.share_floor) {
  expect(name, polygons.shareFloor(one, other), wanted);
  expect(`${name}, the other way round`, polygons.shareFloor(other, one), wanted);
}
for (const [name, corners, wanted] of vectors.crosses_itself) expect(name, polygons.crossesItself(corners), wanted);
for (const [name, corners, [x, y], wanted] of vectors.encloses) expect(name, polygons.encloses(corners, x, y), wanted);

// as a thing of the drawing an area has a box; moved by it, its corners follow
const area = { zone: "A", corners: [[300, 300], [900, 300], [900, 600], [300, 900]] };
const item = polygons.areaItem(area);
expect("box", [item.x_cm, item.y_cm, item.width_cm, item.depth_cm], [300, 300, 600, 600]);
expect("as it was", polygons.areaOf(item), area);
expect("moved", polygons.cornersOf({ ...item, x_cm: 0, y_cm: 100 }), [[0, 100], [600, 100], [600, 400], [0, 700]]);
const long = polygons.areaItem({ zone: "A", corners: [[0, 0], [900, 0], [900, 300]] });
const whole = polygons.turnedCorners([{ ...long, x_cm: 300, y_cm: 0, width_cm: 300, depth_cm: 900 }], [long]);
expect("turned", polygons.cornersOf(whole[0]), [[600, 0], [600, 900], [300, 900]]);

expect("size", polygons.areaM2([[0, 0], [900, 0], [900, 300]]), 13.5);
const booth = { x_cm: 0, y_cm: 0, width_cm: 300, depth_cm: 300 };
const square = [[0, 0], [600, 0], [600, 600], [0, 600]];
expect("room beside the booth", polygons.roomFor(square, 200, 100, [booth]), [300, 0]);
expect("no room", polygons.roomFor(square, 200, 100, [{ ...booth, width_cm: 600, depth_cm: 600 }]), [0, 0]);

process.exit(faults ? 1 : 0);
