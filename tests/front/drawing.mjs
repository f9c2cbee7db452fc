// What drawn things become, by the plan editor's own functions; prints what differs and exits 1.
import { isDeepStrictEqual } from "node:util";

const moves = await import("../../app/static/js/drawing_moves.js");
const polygons = await import("../../app/static/js/drawing_polygons.js");
const shapes = await import("../../app/static/js/drawing_shapes.js");
let faults = 0;
const expect = (name, got, wanted) => {
  if (isDeepStrictEqual(got, wanted)) return;
  faults += 1;
  console.log(`${name}\n  got    ${JSON.stringify(got)}\n  wanted ${JSON.stringify(wanted)}`);
};
let id = 0;
const booth = (x, y, w = 300, d = 300, more = {}) => ({ id: (id += 1), number: "", x_cm: x, y_cm: y, width_cm: w, depth_cm: d, price_minor: null, ...more });
const place = (one) => [one.x_cm, one.y_cm, one.width_cm, one.depth_cm];

// a neighbour's edge comes before the grid, and the grid where none is near
const wall = [booth(1000, 0)];
expect("edge", moves.snapped(booth(690, 260), wall, 50, 40), { dx: 10, dy: 40 });
expect("grid", moves.snapped(booth(620, 1220), [], 50, 40), { dx: -20, dy: -20 });

expect("stretched", place(moves.stretched(booth(300, 300), "se", 760, 910, 50)), [300, 300, 450, 600]);
expect("stretched to nothing", place(moves.stretched(booth(300, 300), "w", 5000, 0, 50)), [550, 300, 50, 300]);
expect("stretched beyond the corner", place(moves.stretched(booth(100, 100), "nw", -500, -500, 50)), [0, 0, 400, 400]);

const pair = [booth(600, 600, 300, 600), booth(900, 600, 300, 600)];
expect("turned", moves.turned(pair).map(place), [[600, 600, 600, 300], [600, 900, 600, 300]]);
expect("turned four times", moves.turned(moves.turned(moves.turned(moves.turned(pair)))).map(place), pair.map(place));

expect("aligned", moves.aligned([booth(0, 0), booth(500, 90, 600)], "right").map(place), [[800, 0, 300, 300], [500, 90, 600, 300]]);
expect("spread", moves.spread([booth(0, 0), booth(1600, 0), booth(350, 0)], "x").map((one) => one.x_cm), [0, 1600, 800]);

// 120 booths out of one: two rows back to back, then an aisle
const copies = moves.repeated([booth(300, 300)], { columns: 20, rows: 6, gapX: 0, gapY: 0, aisle: 300, every: 2 });
expect("repeated", [copies.length, place(copies.at(-1)), place(copies[19])], [119, [6000, 2400, 300, 300], [300, 600, 300, 300]]);

const block = [booth(300, 0), booth(0, 0), booth(0, 300), booth(300, 300)];
const numbers = (scheme, prefix = "A") => {
  const found = moves.numbered(block, { prefix, first: 1, digits: 2, scheme });
  return [...block].sort((a, b) => a.y_cm - b.y_cm || a.x_cm - b.x_cm).map((one) => found.get(one.id));
};
expect("on", numbers("on"), ["A01", "A02", "A03", "A04"]);
expect("serpentine", numbers("serpentine"), ["A01", "A02", "A04", "A03"]);
expect("lines", numbers("lines"), ["A01", "A02", "B01", "B02"]);
expect("lines of a hall", numbers("lines", "2-"), ["2-A01", "2-A02", "2-B01", "2-B02"]);
expect("past the others'", [...moves.numbered(block, { prefix: "A", first: 1, digits: 2, scheme: "on" }, new Set(["a02"])).values()].sort(), ["A01", "A03", "A04", "A05"]);
expect("no I", moves.nextPrefix("H", 1), "J");
expect("after Z", moves.nextPrefix("Z", 1), "AA");
expect("following", [moves.following("A09", new Set(["a10"])), moves.following("KT", new Set()), moves.following("", new Set())], ["A11", "KT01", "A01"]);

// merging and splitting keep the floor, the number and the money
const cut = moves.parts(booth(0, 0, 700, 300, { number: "A01", price_minor: 1_000_001 }), 3, 1);
expect("parts", cut.map(place), [[0, 0, 233, 300], [233, 0, 234, 300], [467, 0, 233, 300]]);
expect("shares", cut.reduce((sum, one) => sum + one.price_minor, 0), 1_000_001);
const whole = moves.merged(cut);
expect("merged", [place(whole), whole.number, whole.price_minor], [[0, 0, 700, 300], "A01", 1_000_001]);
expect("no rectangle", moves.merged([booth(0, 0), booth(300, 0), booth(0, 300)]), null);
expect("apart", moves.merged([booth(0, 0), booth(900, 0)]), null);

// shapes: corners go with the booth, turning gives whole centimetres and comes back to a rectangle
const l = [[300, 300], [900, 300], [900, 600], [600, 600], [600, 900], [300, 900]];
const shape = shapes.shaped(booth(0, 0), l);
expect("box of a shape", [place(shape), shape.outline], [[300, 300, 600, 600], l]);
expect("a rectangle", shapes.shaped({}, [[0, 300], [0, 0], [400, 0], [400.4, 300]]), { x_cm: 0, y_cm: 0, width_cm: 400, depth_cm: 300, outline: null });
expect("moved shape", moves.moved(shape, -500, 100).outline[2], [600, 700]);
expect("moved rectangle", "outline" in moves.moved(booth(0, 0), 5, 5), false);
expect("turned shape", moves.turned([shape])[0].outline.slice(0, 3), [[900, 300], [900, 900], [600, 900]]);
expect("aligned shape", moves.aligned([booth(0, 0), shape], "left")[1].outline[0], [0, 300]);
const tilted = shapes.rotated([booth(600, 600, 600, 300)], 30)[0];
expect("tilted", [tilted.outline, place(tilted)], [[[715, 470], [1235, 770], [1085, 1030], [565, 730]], [565, 470, 670, 560]]);
expect("tilted back", place(shapes.rotated([tilted], -30)[0]), [600, 600, 600, 300]);
expect("a whole turn of a group", shapes.rotated([booth(300, 300), booth(600, 300)], 90).map(place), [[450, 150, 300, 300], [450, 450, 300, 300]]);
expect("no turn out of the hall", shapes.rotated([booth(0, 0)], 45)[0].outline.flat().every((cm) => cm >= 0), true);
expect("floor", [polygons.areaCm2(l), polygons.areaCm2(shapes.cornersOf(booth(0, 0)))], [270_000, 90_000]);
expect("a turned floor", polygons.boothCm2([[2200, 1000], [2546, 1200], [2396, 1460], [2050, 1260]]), 120_000);
expect("room for words", place(shapes.roomIn(l)), [300, 300, 600, 300]);
expect("on a corner of others", shapes.cornerAt(612, 590, [shape], 50, 30), [600, 600]);
expect("else on the grid", shapes.cornerAt(1012, 1590, [shape], 50, 30), [1000, 1600]);
expect("a corner more", shapes.withCorner(l, 1, shapes.middleOf(l, 0)).slice(0, 3), [[300, 300], [600, 300], [900, 300]]);

process.exit(faults ? 1 : 0);
