// Reads what tests/support/reader.py made up with the device's code reader; prints what differs and exits 1.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../app/static/js/badge_token.js", import.meta.url), "utf8");
const { decode, isGenuine, isNumber } = await import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
const { key, read } = JSON.parse(readFileSync(process.argv[2], "utf8"));
let faults = 0;
for (const [code, number, signed] of read) {
  let said;
  try {
    const token = decode(code);
    said = [isNumber(code), token ? await isGenuine(token, key) : null];
  } catch (error) {
    said = [String(error)];
  }
  if (said[0] === number && said[1] === signed) continue;
  faults += 1;
  if (faults < 20) console.log(`${JSON.stringify(code)}: got ${said}, wanted ${number},${signed}`);
}
console.log(`${read.length} inputs, ${faults} faults`);
process.exit(faults ? 1 : 0);
