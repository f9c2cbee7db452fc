// The rules of the gate, as app/visitors/checkin.py has them: what a scan is answered, from what is known. Pure.
// Both are run against tests/visitors/vectors.json; the numbers are the rows of docs/checkin.md.
// Instants are ISO 8601 strings or milliseconds, days are "YYYY-MM-DD".

export const COLOURS = {
  admitted: "green", admitted_again: "green", admitted_staff: "green", admitted_session: "green", admitted_forced: "green",
  goodbye: "blue", annulled: "grey", not_known_here: "amber", not_approved: "amber", unpaid: "amber", incomplete: "amber",
  unknown: "red", forged: "red", wrong_fair: "red", replaced: "red", revoked: "red", cancelled: "red",
  wrong_day: "red", wrong_time: "red", wrong_gate: "red", full: "red", already_in: "red", already_used: "red", id_conflict: "red",
};
const ADMISSIONS = ["admitted", "admitted_again", "admitted_staff", "admitted_session", "admitted_forced"];
const FORCEABLE = ["already_in", "already_used", "full"];
const NOT_SIGNED_UP = "not_signed_up"; // the mark of the one `wrong_gate` that can be forced
const NOT_OURS = ["unknown", "forged", "wrong_fair", "not_known_here"];
const BADGE_REFUSALS = ["replaced", "revoked", "cancelled", "not_approved"];
const NO_DEVICES_WORD = ["admitted_forced", "goodbye", "annulled", "id_conflict"];

export const admits = (code) => ADMISSIONS.includes(code);
export const forceable = (verdict) => FORCEABLE.includes(verdict.code) || Boolean(verdict.detail?.marks?.includes(NOT_SIGNED_UP));

export function decide(state, scan, rules) {
  if (state.earlier) // 19
    return state.earlier.same ? { ...state.earlier.verdict, repeat: true, stored: false } : answer("id_conflict", { stored: false });
  if (scan.rehearsal) { // 24
    const verdict = decide(state, { ...scan, rehearsal: false }, rules);
    return { ...verdict, counts: "no", detail: { ...verdict.detail, rehearsal: true } };
  }
  if (scan.annuls) return annul(state, scan, rules); // 21
  if (state.previous && Math.abs(ms(scan.at) - ms(state.previous_at)) < rules.dwell_ms) // 23
    return { ...state.previous.verdict, repeat: true, stored: false };
  if (scan.reading.kind === "none") return answer("unknown"); // 1
  const refusal = refuse(state, scan, rules);
  if (scan.direction === "out") { // 17
    const inside = lastWay(state, dayOf(scan.at, rules), rules) === "in";
    return answer("goodbye", { counts: rules.sessions?.[scan.gate] ? "session" : "exit", refused: refusal?.code ?? null, detail: inside ? {} : { marks: ["no_entry"] } });
  }
  let verdict = refusal ?? admission(state, scan, rules);
  if (scan.forced && forceable(verdict)) // 20
    verdict = answer("admitted_forced", { counts: entryCounts(state, scan, rules), refused: verdict.code, detail: verdict.detail });
  return asTheDeviceDecided(state, scan, rules, verdict);
}

// The person's passages once the verdict has been given; the day's earliest entry holds the visit.
export function passagesAfter(state, scan, rules, verdict) {
  if (!verdict.stored || verdict.detail.rehearsal) return state.passages;
  if (verdict.code === "annulled") {
    const gone = state.passages.find((p) => p.id === scan.annuls);
    const kept = state.passages.filter((p) => p !== gone);
    return gone?.visit ? visitOnTheFirst(kept, gone, rules) : kept;
  }
  if (!["visit", "entry", "exit", "session"].includes(verdict.counts)) return state.passages;
  if (verdict.counts === "session" && !isAudience(state, scan, rules)) return state.passages; // takes no seat
  const made = { id: scan.id, at: scan.at, gate: scan.gate, way: scan.direction, visit: verdict.counts === "visit" };
  const passages = [...state.passages, made].sort((a, b) => ms(a.at) - ms(b.at) || (a.id < b.id ? -1 : 1));
  const day = dayOf(made.at, rules);
  const holder = passages.find((p) => p.visit && dayOf(p.at, rules) === day);
  return holder && made.way === "in" ? visitOnTheFirst(passages, holder, rules) : passages;
}

const formats = new Map();
// The fair's calendar day, whatever the day is where the device thinks it is.
export function dayOf(instant, rules) {
  let format = formats.get(rules.time_zone);
  if (!format) {
    const parts = { timeZone: rules.time_zone, year: "numeric", month: "2-digit", day: "2-digit" };
    formats.set(rules.time_zone, (format = new Intl.DateTimeFormat("en-CA", parts)));
  }
  return format.format(ms(instant));
}

const clocks = new Map();
// "09:05" at the fair, whatever the device's own zone is.
function minuteOf(instant, rules) {
  let clock = clocks.get(rules.time_zone);
  if (!clock) {
    const parts = { timeZone: rules.time_zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    clocks.set(rules.time_zone, (clock = new Intl.DateTimeFormat("en-GB", parts)));
  }
  return clock.format(ms(instant));
}

const dayNumber = (instant, rules) => Math.round((Date.parse(dayOf(instant, rules)) - Date.parse(rules.starts_on)) / 86400000);

// The days of the fair on which a badge lets in. A snapshot may be older than `ends_on`: then the badge's days decide.
export function validDays(firstDay, mask, rules) {
  const start = Date.parse(rules.starts_on + "T00:00:00Z");
  return Array.from({ length: 16 }, (_, n) => n).filter((n) => (mask >> n) & 1)
    .map((n) => new Date(start + (firstDay + n) * 86400000).toISOString().slice(0, 10))
    .filter((day) => !rules.ends_on || day <= rules.ends_on);
}

function refuse(state, scan, rules) {
  const { reading } = scan, { badge } = state;
  if (reading.kind === "token") {
    if (reading.fair !== rules.fair) return answer("wrong_fair", { detail: { fair: reading.fair } }); // 3
    if (!reading.genuine) return answer("forged", reading.sample ? { detail: { marks: ["sample"] } } : {}); // 2
  } else if (!badge) return answer("not_known_here"); // 2b
  if (badge && BADGE_REFUSALS.includes(badge.state)) { // 4 to 7
    const detail = { changed_at: badge.changed_at ?? null };
    if (badge.state === "revoked") detail.reason = badge.reason ?? "";
    return answer(badge.state, { detail });
  }
  const { fee, asks = [] } = rules.categories[(badge ?? reading).category] ?? {};
  const paid = badge && badge.paid !== false; // of a badge that this device does not know yet, no fee is known either
  if (fee && rules.unpaid === "desk" && !paid) return answer("unpaid"); // 8
  const fields = asks.filter((name) => badge?.lacks?.includes(name) && !scan.answers?.includes(name));
  if (fields.length) { // 9: whom the entry rule keeps out is not asked for anything first
    const keptOut = admission(state, scan, rules);
    return scan.direction === "out" || admits(keptOut.code) || timeAndPlace(state, scan, rules) ? answer("incomplete", { detail: { fields } }) : keptOut;
  }
  return timeAndPlace(state, scan, rules);
}

function timeAndPlace(state, scan, rules) { // 10 to 12
  const { gates = [], halls = [], hours } = rules.categories[(state.badge ?? scan.reading).category] ?? {};
  const days = ownDays(state, scan, rules);
  if (!days.includes(dayOf(scan.at, rules))) return answer("wrong_day", { detail: { days } }); // 10
  const session = rules.sessions?.[scan.gate];
  if (session) return refuseAtSession(session, state, scan, rules);
  const today = hours?.[dayNumber(scan.at, rules)];
  if (today && !(today[0] <= minuteOf(scan.at, rules) && minuteOf(scan.at, rules) < today[1])) return answer("wrong_time", { detail: { hours: today } });
  if (gates.length && !gates.includes(scan.gate)) return answer("wrong_gate", { detail: { gates } }); // 11
  const hall = rules.gate_halls?.[scan.gate];
  if (halls.length && hall && !halls.includes(hall)) return answer("wrong_gate", { detail: { halls } });
  if ((state.full ?? null) !== null && scan.direction === "in" && countsVisits(state, scan, rules)) // 12: never staff
    return answer("full", { detail: { hall: state.full } });
  return null;
}

// 11b to 12b: hours, gates and halls of a category are for the ways into the fair.
function refuseAtSession(session, state, scan, rules) {
  const named = { session: scan.gate };
  if (session.off) return answer("wrong_gate", { detail: { ...named, marks: ["session_off"] } });
  const day = dayOf(session.begins_at, rules);
  if (day !== dayOf(scan.at, rules)) return answer("wrong_day", { detail: { days: [day] } });
  if (ms(scan.at) >= ms(session.ends_at)) // a phone that was left at the door when the next session began there
    return answer("wrong_time", { detail: { hours: [session.begins_at, session.ends_at].map((at) => minuteOf(at, rules)) } });
  if (!isAudience(state, scan, rules))
    return countsVisits(state, scan, rules) ? answer("wrong_gate", { detail: { ...named, categories: session.categories } }) : null;
  const release = ms(session.begins_at) + session.held_minutes * 60000;
  const sits = state.passages.at(-1)?.way === "in", released = ms(scan.at) >= release;
  if (sits || (state.signed_up && !released)) return null;
  if (session.sign_up && !released)
    return answer("wrong_gate", { detail: { ...named, from: new Date(release).toISOString().replace(".000Z", "Z"), marks: [NOT_SIGNED_UP] } });
  if ((session.seats ?? null) !== null && (state.taken ?? 0) + (released ? 0 : state.held ?? 0) >= session.seats)
    return answer("full", { detail: named });
  return null;
}

function admission(state, scan, rules) {
  const counts = entryCounts(state, scan, rules), session = rules.sessions?.[scan.gate];
  if (!(session ? isAudience : countsVisits)(state, scan, rules)) return answer("admitted_staff", { counts }); // 18
  if (session) {
    const came = state.passages.find((p) => p.way === "in");
    if (came) return answer("admitted_again", { counts, detail: first(came) });
    return answer("admitted_session", { counts, detail: { session: scan.gate, signed_up: Boolean(state.signed_up) } });
  }
  const day = dayOf(scan.at, rules);
  const entries = state.passages.filter((p) => p.way === "in");
  const today = entries.filter((p) => dayOf(p.at, rules) === day);
  const before = entries.filter((p) => dayOf(p.at, rules) < day);
  if (rules.entry_rule === "once_per_edition" && before.length) return answer("already_used", { detail: first(before[0]) }); // 16b
  if (!today.length) return answer("admitted", { counts }); // 13
  const inside = rules.counts_exits === false || lastWay(state, day, rules) === "in";
  if (rules.entry_rule === "single_entry" && inside) // 15
    return answer("already_in", { detail: first(today.at(-1)) });
  return answer("admitted_again", { counts, detail: first(today[0]) }); // 14, 16
}

function asTheDeviceDecided(state, scan, rules, verdict) { // 22
  // A device that did not know yet whose door it is said "admitted".
  const theirs = scan.device_verdict === "admitted" && rules.sessions?.[scan.gate] ? "admitted_session" : scan.device_verdict;
  if (!scan.late || !theirs || theirs === verdict.code || verdict.code === "admitted_forced") return verdict;
  const known = !NOT_OURS.includes(verdict.code) || (verdict.code === "not_known_here" && !admits(theirs));
  if (!known || !(theirs in COLOURS) || NO_DEVICES_WORD.includes(theirs)) return verdict;
  if (admits(theirs) && !ownDays(state, scan, rules).includes(dayOf(scan.at, rules))) return verdict; // 22b: its days stand in the code
  const counts = admits(theirs) ? entryCounts(state, scan, rules) : "no";
  return answer(theirs, { counts, refused: verdict.code, detail: { ...verdict.detail, marks: ["device"] } });
}

// 21: within the limit by the gate's clock, and within twice the limit by the server's, which alone knows when both came.
function annul(state, scan, rules) {
  const target = state.target;
  const takenBack = target && !target.annulled && (admits(target.code) || target.code === "goodbye") && target.gate === scan.gate;
  const after = takenBack ? ms(scan.at) - ms(target.at) : -1;
  if (after < 0) return answer("unknown", { detail: { marks: ["nothing_to_annul"] } });
  const limit = rules.annul_minutes * 60000;
  const held = scan.received_at && target.received_at ? ms(scan.received_at) - ms(target.received_at) : 0;
  if (after > limit || held > 2 * limit) return answer("unknown", { detail: { marks: ["too_late_to_annul"] } });
  return answer("annulled", { counts: "undone" });
}

function ownDays(state, scan, rules) {
  const facts = state.badge ?? scan.reading;
  return validDays(facts.first_day, facts.days_mask, rules);
}

function countsVisits(state, scan, rules) {
  const category = rules.categories[(state.badge ?? scan.reading).category];
  return category?.counts ?? true;
}

// Whether the badge is of those for whom the session is: they take its seats.
function isAudience(state, scan, rules) {
  const { categories = [] } = rules.sessions[scan.gate];
  return categories.length ? categories.includes((state.badge ?? scan.reading).category) : countsVisits(state, scan, rules);
}

function entryCounts(state, scan, rules) {
  if (rules.sessions?.[scan.gate]) return "session";
  if (!countsVisits(state, scan, rules)) return "entry";
  const day = dayOf(scan.at, rules);
  return state.passages.some((p) => p.visit && dayOf(p.at, rules) === day) ? "entry" : "visit";
}

function lastWay(state, day, rules) {
  return state.passages.filter((p) => dayOf(p.at, rules) === day).at(-1)?.way ?? null;
}

function visitOnTheFirst(passages, holder, rules) {
  const day = dayOf(holder.at, rules);
  const first = passages.find((p) => p.way === "in" && dayOf(p.at, rules) === day);
  return passages.map((p) => (dayOf(p.at, rules) === day ? { ...p, visit: p === first } : p));
}

const first = (passage) => ({ at: passage.at, gate: passage.gate });
const ms = (instant) => (typeof instant === "number" ? instant : Date.parse(instant));

function answer(code, { counts = "no", refused = null, detail = {}, stored = true } = {}) {
  return { code, colour: COLOURS[code], counts, refused, detail, repeat: false, stored };
}
