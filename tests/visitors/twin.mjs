// Runs the device's rules and code reader against vectors.json; prints what differs and exits 1.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

const here = new URL(".", import.meta.url);
const load = async (name) => {
  const source = readFileSync(new URL(`../../app/static/js/${name}`, here), "utf8");
  return import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
};
const { decide, passagesAfter } = await load("checkin.js");
const { decode, isGenuine, isNumber } = await load("badge_token.js");
const table = JSON.parse(readFileSync(new URL("vectors.json", here), "utf8"));
let faults = 0;
const expect = (name, got, wanted) => {
  if (isDeepStrictEqual(got, wanted)) return;
  faults += 1;
  console.log(`${name}\n  got    ${JSON.stringify(got)}\n  wanted ${JSON.stringify(wanted)}`);
};

for (const { name, rules, state, scan, verdict, after } of table.vectors) {
  const whole = { ...table.rules, ...rules };
  const got = decide(state, scan, whole);
  for (const [key, wanted] of Object.entries(verdict)) expect(`${name}: ${key}`, got[key], wanted);
  const left = passagesAfter(state, scan, whole, got);
  expect(`${name}: after`, left.map((p) => p.id + (p.visit ? "*" : "")), after);
}
for (const { name, code, payload, genuine } of table.codes) {
  const token = decode(code);
  expect(name, token && token.payload, payload && { ...payload });
  if (token) expect(`${name}: genuine`, await isGenuine(token, table.public_key), genuine);
}
for (const { number, good } of table.numbers) expect(number, isNumber(number), good);
console.log(`${table.vectors.length} vectors, ${table.codes.length} codes, ${table.numbers.length} numbers, ${faults} faults`);
process.exit(faults ? 1 : 0);
