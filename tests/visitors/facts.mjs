// What a device knows after any words from the server is what it knows after a reload; prints what differs, exits 1.
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../../app/static/js/${name}`, import.meta.url), "utf8");
const source = read("gate_rooms.js").replace("export class", "class") + read("gate_store.js").replace(/^import .*$/gm, "");
const { Facts } = await import("data:text/javascript;base64," + Buffer.from(`const openDB = null;${source}`).toString("base64"));
const badge = (n, state = "valid") => [`c${n}`, `n${n}`, n, 1, 0, 1, state, "", null, 0];
const passage = (n, id, gate = "C1", annulled = null) => [n, id, `2026-12-11T02:00:${String(n % 60).padStart(2, "0")}Z`, gate, "in", true, annulled];
const word = (at, badges, passages, whole = false) => ({ at, whole, rules: { at }, badges, passages });
const written = { snapshot: undefined, news: undefined };
let rowsWritten = 0, faults = 0;

function expect(name, got, wanted) {
  if (JSON.stringify(got) === JSON.stringify(wanted)) return;
  faults += 1;
  console.log(`${name}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}
function learn(facts) {
  rowsWritten = 0;
  for (const [key, value] of facts.unkept()) {
    written[key] = structuredClone(value);
    rowsWritten += value ? value.badges.length + value.passages.length : 0;
  }
}
function known(facts) {
  const sorted = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return { head: { ...facts.raw, whole: true }, badges: sorted(facts.badges), numbers: sorted(facts.numbers), passages: sorted(facts.passages).filter(([, all]) => all.length), rooms: [...facts.rooms.all].map(([gate, room]) => [gate, [...room.signedUp].sort(), sorted(room.passages).filter(([, all]) => all.length)]) };
}
function reloaded(name, facts) {
  learn(facts);
  expect(name, known(new Facts(written.snapshot, [], written.news)), known(facts));
}

const facts = new Facts(undefined, [], undefined);
expect("nothing yet", [facts.raw, facts.badges.size], [null, 0]);
facts.take(word("t0", Array.from({ length: 3000 }, (_, n) => badge(n)), [passage(1, "s1")], true));
reloaded("the whole", facts);
expect("all of it is written", rowsWritten, 3001);
facts.take(word("t1", [badge(7, "revoked"), badge(9000)], [passage(2, "s2")]));
reloaded("news", facts);
expect("news alone are written", rowsWritten, 3);
expect("a badge was revoked", facts.badges.get("c7").state, "revoked");
facts.take(word("t2", [], [passage(2, "s2", "C1", "undo"), passage(3, "s3")]));
reloaded("a scan taken back", facts);
expect("it holds no more", facts.of(2), []);
facts.told(facts.badges.get("c5"), ["phone"]);
reloaded("what was told at the door", facts);
expect("it is asked no more", facts.badges.get("c5").lacks, ["company", "country"]);
const again = new Facts(written.snapshot, [], written.news);
again.take(word("t3", [badge(8, "revoked")], []));
reloaded("news after a reload", again);
expect("older news are kept beside", [again.badges.get("c7").state, again.of(3).length], ["revoked", 1]);
again.take(word("t4", [], Array.from({ length: 1200 }, (_, n) => passage(n + 10, `m${n}`))));
reloaded("a thousand rows", again);
expect("then the whole is written anew", [written.news, rowsWritten > 4000], [null, true]);
again.take(word("t5", [badge(1, "cancelled")], []));
reloaded("and news begin again", again);
expect("with their own rows", rowsWritten, 1);
const seated = { ...word("t6", [], []), rules: { sessions: { S1: {} } }, seats: [["S1", 1, true], ["S1", 2, true]], session_passages: [passage(2, "x1", "S1"), passage(4, "x2", "S1")] };
again.take(seated);
reloaded("seats and who sits", again);
expect("of others one sits and one seat is kept", again.rooms.seenBy("S1", 4), { passages: again.of(4, "S1"), signed_up: false, taken: 1, held: 1 });
expect("what passes at a session's door is none of the fair's", again.of(4), []);
again.take({ ...word("t7", [], []), rules: seated.rules, seats: [["S1", 1, false]], session_passages: [passage(4, "x2", "S1", "undo")] });
reloaded("a seat given back", again);
expect("and a scan taken back", [again.rooms.seenBy("S1", 9).held, again.rooms.seenBy("S1", 9).taken], [0, 1]);
const old = { ...word("t0", [badge(1).slice(0, 9)], [], true) };
expect("a snapshot from before asks for the whole", new Facts(old, [], undefined).raw.at, undefined);
console.log(`${faults} faults`);
process.exit(faults ? 1 : 0);
