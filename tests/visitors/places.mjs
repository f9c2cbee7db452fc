// The device's count of who is inside, without a page; prints what differs and exits 1.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../app/static/js/gate_places.js", import.meta.url), "utf8");
const { Places } = await import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
const raw = {
  rules: { time_zone: "Asia/Ho_Chi_Minh" }, capacity: 3,
  halls: [{ code: "A", capacity: 2 }, { code: "B", capacity: null }],
  gates: [{ code: "C1", hall: "A" }, { code: "C3", hall: "B" }, { code: "S", hall: "" }],
};
const way = (at, gate, direction) => ({ at, gate, way: direction });
const passages = new Map([
  [1, [way("2026-12-11T02:00:00Z", "C1", "in")]],
  [2, [way("2026-12-11T02:00:00Z", "C1", "in"), way("2026-12-11T03:00:00Z", "C3", "out")]], // gone, by another hall's gate
  [3, [way("2026-12-10T16:59:00Z", "C1", "in")]], // before midnight in Hà Nội
  [4, [way("2026-12-11T02:00:00Z", "C1", "in"), way("2026-12-11T03:00:00Z", "C3", "in")]], // walked over
]);
const facts = { raw, passages };
const now = Date.parse("2026-12-11T04:00:00Z");
const places = new Places(facts);
let faults = 0;
const expect = (name, got, wanted) => {
  if (got === wanted) return;
  faults += 1;
  console.log(`${name}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
};
const pass = (person, gate, direction) => {
  passages.set(person, [...(passages.get(person) ?? []), way("2026-12-11T04:00:00Z", gate, direction)]);
  places.moved(person, passages.get(person));
};

expect("room in both", places.full("C1", now, 9), null);
expect("one each", `${places.inside.get("A")} ${places.inside.get("B")} ${places.where.size}`, "1 1 2");
pass(5, "C1", "in");
expect("hall A holds two", places.full("C1", now, 9), "A");
expect("who is in it comes in again", places.full("C1", now, 5), null);
expect("from B into a full A", places.full("C1", now, 4), "A");
expect("the fair holds three", places.full("C3", now, 9), "");
expect("a gate of no hall is the fair's too", places.full("S", now, 9), "");
expect("who is in the fair walks over", places.full("C3", now, 5), null);
pass(5, "C3", "out");
expect("an exit anywhere makes room", places.full("C1", now, 9), null);
expect("the next day all are gone", places.full("C1", now + 86400000, 9), null);
expect("the next day nobody is inside", places.where.size, 0);
facts.raw = { ...raw, capacity: null, halls: raw.halls.map((hall) => ({ ...hall, capacity: null })) };
expect("without a limit nothing is counted", places.full("C1", now, 9), null);
facts.raw = { rules: raw.rules, gates: raw.gates }; // a snapshot from before capacities
expect("an older snapshot", places.full("C1", now, 9), null);
console.log(`${faults} faults`);
process.exit(faults ? 1 : 0);
