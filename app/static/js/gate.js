// The gate: a code comes in by camera, scanner, hand or name; the device decides at once and keeps the scan.
import { decode, isGenuine, isNumber, loadCheck, numberKey } from "./badge_token.js";
import { admits, dayOf, decide, forceable, passagesAfter, validDays } from "./checkin.js";
import { Alarm } from "./gate_alarm.js";
import { openCamera } from "./gate_camera_panel.js";
import { askAtDoor, asking, named, shutDoor } from "./gate_door.js";
import { Dwell } from "./gate_dwell.js";
import { Places } from "./gate_places.js";
import { Kiosk } from "./gate_kiosk.js";
import { isSample, rehearses, sampleReading, sampleRules, sampleState, showRehearsal } from "./gate_rehearsal.js";
import { onScanner } from "./gate_scanner.js";
import { signal, stayAwake, switchSignals } from "./gate_signals.js";
import { openStore } from "./gate_store.js";
import { Sync } from "./gate_sync.js";
import { SHAPES, screenOf, Words } from "./gate_words.js";
import { subscribe } from "./live.js";

const $ = (id) => document.getElementById(id);
const setting = JSON.parse($("gate-setting").textContent);
const texts = JSON.parse($("gate-words").textContent);
const GREEN_MS = 2000;
const CORRECTED_WITHIN_MS = 10000;
const FIRST_WORD_MS = 1500;
const FOUND_AT_MOST = 8;

const store = await openStore(setting.slug);
const facts = await store.facts();
const words = new Words(texts, setting, facts);
const kept = (name, value) => (value === undefined ? localStorage.getItem(`phien-${setting.slug}-${name}`) : localStorage.setItem(`phien-${setting.slug}-${name}`, value));
if (!kept("device")) kept("device", crypto.randomUUID());

const places = new Places(facts);
const rehearsal = showRehearsal(setting.slug, $("rehearsal"), [$("rehearse")], () => { next(); $("gates").close(); });
const kiosk = new Kiosk({ kept, begin: $("kiosk-begin"), name: $("choose"), onChange: () => { next(); sync.tell(); } });
const alarm = new Alarm({ turn, kept, say: showAlarm });
const gate = { code: seat()?.gate ?? kept("gate"), direction: kept("direction") ?? "in", shown: null, dwell: new Dwell() };
const others = new BroadcastChannel(`phien-gate-${setting.slug}`); // this device's other tabs
others.onmessage = ({ data: { person, passages, at } }) => passed(person, passages, at, false);
const sync = new Sync({
  setting, store, facts, deviceKey: setting.device?.key ?? kept("device"),
  about: () => ({ name: kept("name") ?? "", gate: gate.code ?? "", version: setting.version, ...(alarm.on && { alarm: alarm.id }) }),
  onFacts: () => { alarm.heed(facts.raw.alarm, facts.raw.at); heedSeat(); },
  onState: showState, onAnswer: showAnswer,
});
const started = sync.start(await store.get("drift"));
// A page that was just opened first hears the server, if that is quick: the clock may have been set meanwhile.
const warm = Promise.race([started, new Promise((done) => setTimeout(done, FIRST_WORD_MS))]);

// What no badge of ours can hold is cut off, and what no text can hold is marked: the scan must go up, whatever was read.
const LONGEST = 400;
const clean = (text) => text.slice(0, LONGEST).replace(/[\u0000\ud800-\udfff]/gu, "\ufffd");

// Reads a code: says the verdict, and keeps the scan before anything is sent.
async function read(whole, { reason = null, annuls = null, answers = null, typed = false, frameAt = null } = {}) {
  if (!gate.code) return chooseGate();
  const code = clean(whole);
  sync.now(); // sees whether the clock was set since
  const now = Date.now();
  await warm;
  if (!facts.raw) return say($("camera-note"), texts.noSnapshot);
  const rules = facts.raw.rules;
  const training = rehearses(setting.slug);
  if (!annuls && dwells(code, now) && !reason && !answers) {
    if (frameAt === null && gate.shown?.scan.code === code) $("verdict").hidden = false; // the answer stands
    return null;
  }
  const practised = training ? await sampleReading(code, facts.raw) : null;
  const { reading, badge } = practised ?? (await readingOf(code));
  const scan = {
    id: crypto.randomUUID(), code, gate: gate.code, direction: gate.direction, scanned_at: new Date(now).toISOString(),
    ...(sync.drift !== null && { drift_ms: sync.drift }), ...(answers && { answers }), ...(reason && { forced_reason: reason }), ...(annuls && { annuls: annuls.id }), ...(training && { rehearsal: true }),
  };
  const at = new Date(now - (sync.drift ?? 0)).toISOString();
  const known = { id: scan.id, reading, gate: scan.gate, direction: scan.direction, at, forced: Boolean(reason), annuls: scan.annuls, answers: Object.keys(answers ?? {}), rehearsal: training };
  const person = personOf(code, { reading, badge });
  const around = rules.sessions?.[gate.code] ? facts.rooms.seenBy(gate.code, person) : { passages: facts.of(person), full: places.full(gate.code, now - (sync.drift ?? 0), person) };
  const state = practised ? sampleState(practised.sample, at, gate.code, rules) : { badge: badge ?? null, target: annuls?.target ?? null, ...around };
  const verdict = decide(state, known, practised ? sampleRules(at, rules) : rules);
  scan.device_verdict = verdict.code;
  const after = passagesAfter(state, known, rules, verdict);
  const passage = after.find((p) => p.id === scan.id);
  if (answers && badge && !training && facts.told(badge, Object.keys(answers))) await store.learn(facts);
  if (!training) passed(person, after, gate.code);
  await sync.keep({ id: scan.id, scan, ...(!sync.measured && { unmeasured: true }) }, passage && { ...passage, person }, verdict.code === "annulled" ? scan.annuls : null);
  show({ verdict, scan, at, category: (badge ?? reading).category, typed: typed || /^\d+$/.test(code), frameAt });
  gate.moved = false;
  count();
  sync.flush();
  return verdict;
}

// By what this device knows whose badge it is; a genuine one that the snapshot does not have yet stands for itself.
function personOf(code, { reading, badge }) {
  return badge?.person ?? (reading.genuine ? decode(code).payload.code_id : null);
}

// Where somebody has been, as it stands now: here, and in this device's other tabs.
function passed(person, passages, at, tell = true) {
  facts.set(person, passages, at);
  if (!facts.raw?.rules.sessions?.[at]) places.moved(person, passages);
  if (tell) others.postMessage({ person, passages, at });
}

// The server knew better: what it counts is what this device goes on with, and what its own figure says.
async function settle(scan, result) {
  const person = personOf(scan.code, await readingOf(scan.code));
  if (person === null || scan.rehearsal || scan.annuls) return;
  const rest = facts.of(person, scan.gate).filter(({ id }) => id !== scan.id);
  const counts = ["visit", "entry", "exit", "session"].includes(result.counts);
  const at = new Date(Date.parse(scan.scanned_at) - (scan.drift_ms ?? 0)).toISOString();
  const passage = counts ? { id: scan.id, at, gate: scan.gate, way: scan.direction, visit: result.counts === "visit" } : null;
  await store.settle(scan.id, passage && { ...passage, person });
  passed(person, [...rest, ...(passage ? [passage] : [])].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)), scan.gate);
  count();
}

// Whether this badge is still held before the gate, in the same direction and the same kind of scan.
function dwells(code, now) {
  return gate.dwell.holds(`${code} ${rehearses(setting.slug)}`, gate.direction, now, facts.raw.rules.dwell_ms);
}

async function readingOf(code) {
  if (isNumber(code)) {
    const badge = facts.numbers.get(await numberKey(facts.raw.rules.fair, code));
    return { reading: { kind: "number" }, badge };
  }
  const token = decode(code);
  if (!token) return { reading: { kind: "none" } };
  const { payload } = token;
  const ours = payload.fair === facts.raw.rules.fair;
  if (ours && !facts.raw.keys[payload.key] && navigator.onLine) await Promise.race([sync.refresh(), new Promise((done) => setTimeout(done, 1500))]);
  const key = ours ? facts.raw.keys[payload.key] : null;
  const genuine = key ? await isGenuine(token, key).catch(() => null) : false;
  // Not to be proved on this device: as good as a number, which is let in only where it is known.
  if (genuine === null) return { reading: { kind: "number" }, badge: facts.badges.get(payload.code_id) };
  const { fair, category, first_day, days_mask } = payload;
  return { reading: { kind: "token", fair, genuine, category, first_day, days_mask, sample: isSample(payload) }, badge: genuine ? facts.badges.get(payload.code_id) : null };
}

function show({ verdict, scan, at, category, person = null, corrected = false, typed = isNumber(scan.code), frameAt = null }) {
  clearTimeout(gate.timer);
  const passes = admits(verdict.code) || verdict.code === "goodbye";
  const screen = kiosk.on && !passes ? "ask" : screenOf(verdict); // a visitor is accused of nothing
  const kind = facts.raw.categories[category];
  gate.shown = { verdict, scan, at, category };
  $("verdict").className = `v ${screen === "forced" ? "go forced" : screen}`;
  Object.assign($("verdict").dataset, { verdict: verdict.code, scan: scan.id, frameAt: frameAt ?? "" });
  $("v-shape").innerHTML = SHAPES[verdict.code === "wrong_day" ? "day" : screen];
  say($("v-where"), `${words.gate(scan.gate)} · ${scan.direction === "in" ? texts.in : texts.out}`);
  say($("v-time"), words.clock(at, true));
  say($("v-word"), kiosk.on && !passes ? texts.verdict.not_known_here : texts.verdict[words.key(verdict, typed)]);
  say($("v-name"), person?.name ?? "");
  const ours = !["unknown", "forged", "wrong_fair", "not_known_here"].includes(verdict.code);
  say($("v-who"), [kind && ours && words.named(kind), person?.company].filter(Boolean).join(" · "));
  say($("v-why"), kiosk.on ? (passes ? "" : texts.kioskDesk) : (corrected ? `${texts.corrected} ` : "") + words.why(verdict, dayOf(at, facts.raw.rules), typed, left(verdict, scan, at)));
  $("v-days").replaceChildren(...(kiosk.on ? [] : days(verdict, at)));
  const rehearsed = Boolean(verdict.detail?.rehearsal);
  $("v-rehearsal").hidden = !rehearsed;
  $("v-undo").hidden = !passes || rehearsed;
  $("v-ask").hidden = verdict.code !== "incomplete";
  $("v-force").hidden = !(forceable(verdict) && facts.raw.may_force) || rehearsed;
  $("verdict").hidden = false;
  signal(corrected ? "corrected" : screen);
  if (verdict.code === "incomplete" && !kiosk.on) ask();
  else shutDoor();
  $("last").hidden = false;
  if (kiosk.on) gate.timer = setTimeout(next, kiosk.stays(passes));
  else if (passes || verdict.code === "annulled") gate.timer = setTimeout(next, GREEN_MS);
}

// Who is scanned out a second time has left already: when, as far as this device knows.
function left(verdict, scan, at) {
  if (!verdict.detail?.marks?.includes("no_entry")) return null;
  const code = decode(scan.code)?.payload.code_id;
  const day = dayOf(at, facts.raw.rules);
  const before = facts.of(facts.badges.get(code)?.person, scan.gate).filter((p) => p.id !== scan.id && dayOf(p.at, facts.raw.rules) === day);
  return before.at(-1)?.way === "out" ? before.at(-1).at : null;
}

// The answers go up with a scan of their own, which lets the visitor in; the question stays as the scan it was.
function ask() {
  const { verdict, scan } = gate.shown;
  askAtDoor(verdict.detail.fields, $("v-name").textContent || $("v-who").textContent, (answers) => read(scan.code, { answers }));
}

function days(verdict, at) {
  if (verdict.code !== "wrong_day") return [];
  const { rules } = facts.raw;
  const today = dayOf(at, rules);
  const open = verdict.detail.days;
  const all = [...new Set([...validDays(0, 255, rules).filter((day) => day <= (open.at(-1) ?? "")), today])].sort().slice(0, 8);
  return all.map((day) => Object.assign(document.createElement("span"), {
    textContent: words.day(day), className: open.includes(day) ? "y" : day === today ? "t" : "",
  }));
}

// The server's answer: adds the name, and tells when it knows better than the device did.
function showAnswer({ scan }, result) {
  const mine = gate.shown?.scan.id === scan.id && !$("verdict").hidden;
  if (result.verdict !== scan.device_verdict) settle(scan, result);
  if (result.verdict === scan.device_verdict) {
    if (!mine || !result.person) return;
    say($("v-name"), result.person.name);
    if (asking()) named(result.person.name);
    const kind = facts.raw.categories[result.person.category];
    say($("v-who"), [kind && words.named(kind), result.person.company].filter(Boolean).join(" · "));
    return;
  }
  const fresh = Date.now() - Date.parse(scan.scanned_at) < CORRECTED_WITHIN_MS;
  if (!fresh || (!mine && gate.shown && !$("verdict").hidden)) return;
  const verdict = { code: result.verdict, colour: result.colour, detail: result.detail ?? {} };
  const again = result.verdict === "admitted_again" && ["admitted", "admitted_session"].includes(scan.device_verdict);
  show({ verdict, scan, at: Date.parse(scan.scanned_at) - (scan.drift_ms ?? 0), category: result.person?.category, person: result.person, corrected: !again });
}

function next() {
  clearTimeout(gate.timer);
  $("verdict").hidden = true;
}

// A fair that scans nobody out has entries alone: whoever left the device on "out" would else go on so.
function followExits() {
  const uses = facts.raw.rules.counts_exits !== false || alarm.on;
  $("ways").hidden = !uses;
  if (!uses && gate.direction === "out") turn("in");
}

function showState({ state, waiting, oldest, faults, loose }) {
  $("net").classList.toggle("off", state !== "online");
  say($("net").lastElementChild, state === "online" ? texts.online : texts.offline);
  say($("sent"), waiting ? words.fill(texts.waiting, { n: waiting }) : texts.allSent);
  const lines = [];
  if (state === "offline") lines.push(texts.noNetwork);
  if (state === "signed-out") lines.push(texts.signedOut);
  if (state !== "online" && waiting) lines.push(words.fill(texts.oldest, { n: waiting, minutes: Math.floor((Date.now() - oldest) / 60000) }));
  if (loose) lines.push(words.fill(texts.loose, { n: loose }));
  if (gate.moved) lines.push(words.fill(texts.moved, { gate: words.gate(gate.code) }));
  if (faults) lines.push(words.fill(texts.faults, { n: faults }));
  say($("strip"), lines.join("\n"));
  $("strip").hidden = !lines.length;
  if (state === "signed-out") $("strip").append(Object.assign(document.createElement("a"), { href: setting.signIn, textContent: " →" }));
  if (!facts.raw) return;
  note(texts.noSnapshot, false);
  followExits();
}

function say(element, text) {
  element.textContent = text;
  if (element.id === "camera-note") element.hidden = !text;
}

// A word over the camera's picture, until it is no longer true.
function note(text, holds) {
  if (holds) say($("camera-note"), text);
  else if ($("camera-note").textContent === text) say($("camera-note"), "");
}

async function count() {
  const today = facts.raw && dayOf(sync.now(), facts.raw.rules);
  const mine = (await store.own()).filter((p) => p.way === "in" && today && dayOf(p.at, facts.raw.rules) === today);
  say($("count"), new Intl.NumberFormat(words.locale()).format(mine.length));
}

function turn(direction) {
  gate.direction = direction;
  kept("direction", direction);
  $("way-in").setAttribute("aria-pressed", direction === "in");
  $("way-out").setAttribute("aria-pressed", direction === "out");
}

// While an alarm is on nobody is scanned in, whatever is pressed.
function showAlarm(on) {
  $("alarm").hidden = !on;
  $("way-in").disabled = Boolean(on);
  if (on && rehearses(setting.slug)) rehearsal.end(); // everybody is scanned out for real
  rehearsal.hold(Boolean(on));
  if (facts.raw) followExits();
  if (on) say($("alarm-since"), words.fill(texts.alarmSince, { time: words.clock(on.raised_at) }));
}

function chooseGate() {
  if (kiosk.on && gate.code) return;
  $("device-name").value = setting.device?.name ?? kept("name") ?? "";
  if (!$("gates").open) $("gates").showModal();
}

// Where the organiser has set up this device to stand: what came last of the page and the snapshot.
function seat() {
  const told = setting.device && facts.raw?.device;
  return told?.gate && Date.parse(facts.raw.at) > Date.parse(setting.device.at) ? told : setting.device;
}

function heedSeat() {
  const stands = seat();
  if (!stands || !gate.code) return;
  say($("gates-title"), stands.name);
  const moved = stands.gate !== gate.code;
  atGate(stands.gate); // its name comes with the first snapshot
  if (!moved) return;
  gate.moved = true; // said until the next badge is read
  sync.tell();
}

function atGate(code) {
  gate.code = code;
  if (!setting.device) kept("gate", code);
  const listed = document.querySelector(`#gate-list [value="${CSS.escape(code)}"]`)?.textContent.trim();
  say($("where"), listed || words.gate(code)); // the list is in the page before any snapshot is
}

async function find(name) {
  const answer = await sync.ask(`/badges?limit=${FOUND_AT_MOST}&q=${encodeURIComponent(name)}`);
  if (!answer?.ok) {
    const problem = await answer?.json().catch(() => null);
    return $("found").replaceChildren(problem?.fields?.q ?? problem?.detail ?? texts.searchOffline);
  }
  const { items } = await answer.json();
  $("found").replaceChildren(...items.map((badge) => {
    const ending = `… ${badge.number.slice(-5)}`; // two of one name differ by it, and by what their badges say
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: badge.name ?? ending });
    const more = badge.name ? [badge.company, ending] : [];
    button.append(Object.assign(document.createElement("small"), { textContent: more.filter(Boolean).join(" · ") }));
    button.addEventListener("click", () => { $("by-name").close(); read(badge.token); });
    return button;
  }));
  if (!items.length) $("found").append(texts.nobody);
  if (items.length === FOUND_AT_MOST) $("found").append(texts.moreFound);
  return null;
}

onScanner((code) => {
  const open = document.querySelector("dialog[open]");
  if (["force", "gates"].includes(open?.id)) return; // a question waits for its answer; no sound: nothing was read
  open?.close();
  read(code);
});
const digitsOf = (text) => text.replace(/[\s.-]/g, "");
$("way-in").onclick = () => turn("in");
$("way-out").onclick = () => turn("out");
$("choose").onclick = chooseGate;
$("v-next").onclick = next;
$("last").onclick = () => { clearTimeout(gate.timer); $("verdict").hidden = false; };
$("v-ask").onclick = ask;
$("v-undo").onclick = () => {
  const { scan, verdict, at } = gate.shown;
  read(scan.code, { annuls: { id: scan.id, target: { gate: scan.gate, at, code: verdict.code } } });
};
$("v-force").onclick = () => { $("force-why").value = ""; $("force").showModal(); };
$("verdict").onclick = (event) => { if (!event.target.closest("button")) next(); };
document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-open]");
  if (opener) {
    const dialog = $(opener.dataset.open);
    for (const input of dialog.querySelectorAll("input:is([type=search], :not([type]))")) input.value = "";
    $("found").replaceChildren();
    $("number-bad").hidden = true;
    dialog.showModal();
  }
  if (target.closest("[data-shut]")) target.closest("dialog").close();
});
$("number").oninput = ({ target }) => { // in groups, as the badge prints them
  if (target.selectionStart === target.value.length) target.value = digitsOf(target.value).replace(/(.{5})(?=.)/g, "$1 ");
};
$("by-number").querySelector("form").onsubmit = (event) => {
  const code = digitsOf($("number").value);
  const readable = code.length > 20 || isNumber(code);
  $("number-bad").hidden = readable;
  if (readable) read(code, { typed: true });
  else event.preventDefault();
};
$("by-name").querySelector("form").onsubmit = (event) => {
  const text = $("name").value.trim();
  if (/^\d{20,}$/.test(digitsOf(text))) return void read(digitsOf(text), { typed: true });
  event.preventDefault();
  if (text.length > 1) find(text);
};
$("force").querySelector("form").onsubmit = () => read(gate.shown.scan.code, { reason: $("force-why").value.trim() });
$("device-name").onkeydown = (event) => { // a scanner's Enter chooses no gate, and its digits are no name
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (/^\d{6,}$/.test(event.target.value)) event.target.value = kept("name") ?? "";
};
$("gates").addEventListener("cancel", (event) => gate.code || event.preventDefault());
$("gates").addEventListener("close", () => {
  if (!setting.device) kept("name", $("device-name").value.trim());
  if ($("gates").returnValue) atGate($("gates").returnValue);
  sync.refresh();
});

const camera = openCamera({
  kept, onCode: (code, frameAt) => read(code, { frameAt }), onHeld: (code) => asking() && dwells(code, Date.now()),
  onReader: (loaded) => note(texts.noDecoder, !loaded),
});

turn(gate.direction);
if (facts.raw) alarm.heed(facts.raw.alarm, facts.raw.at);
subscribe(setting.slug, ["alarm"], (heard) => { alarm.heed(heard.alarm, heard.at); sync.refresh(); },
  (state) => state === "live" && sync.measured && sync.refresh(), setting.live);
$("rehearsal-ends").onclick = () => $("rehearse").click();
if (setting.device) atGate(gate.code);
else if (gate.code && document.querySelector(`#gate-list [value="${CSS.escape(gate.code)}"]`)) atGate(gate.code);
else { gate.code = null; chooseGate(); }
stayAwake();
switchSignals(kept);
if (facts.raw) store.forget(Date.parse(facts.raw.at) - 3 * 86400000); // by the server's time: this clock may be wrong
navigator.serviceWorker?.register(setting.worker, { scope: setting.page }).catch(() => {});
await Promise.allSettled([started, camera.load(), loadCheck()]);
count();
document.body.dataset.ready = "yes";
