// A verdict as people see it: its screen, its shape, and one sentence on why.

const RING = '<circle cx="12" cy="12" r="10.5"/>';
const OCTAGON = '<path d="M7.7 1.5h8.6l6.2 6.2v8.6l-6.2 6.2H7.7l-6.2-6.2V7.7z"/>';
const TICK = '<path d="m7 12.500 3.500 3.500L17.500 8.500"/>';
export const SHAPES = {
  go: RING + TICK,
  forced: RING + TICK,
  staff: '<rect x="2" y="2" width="20" height="20"/>' + TICK,
  ask: '<path d="M12 2 1.500 21.500h21z"/><path d="M9.800 11a2.300 2.300 0 1 1 3.300 2.200c-.8.400-1.100.900-1.100 1.600M12 18v.01"/>',
  stop: OCTAGON + '<path d="M6.500 12h11" stroke-width="3.500"/>',
  day: OCTAGON + '<path d="M7.500 8h9v9h-9zM7.500 11h9M10 6v3M14 6v3"/>',
  exit: '<path d="M3 12h17M13 5l7 7-7 7"/>',
  undone: RING + '<path d="M4.600 19.400 19.400 4.600"/>',
};
const SCREENS = { green: "go", amber: "ask", red: "stop", blue: "exit", grey: "undone" };

export function screenOf(verdict) {
  if (verdict.code === "admitted_staff") return "staff";
  return verdict.code === "admitted_forced" ? "forced" : SCREENS[verdict.colour];
}

export class Words {
  constructor(words, setting, facts) {
    Object.assign(this, { words, setting, facts });
  }

  locale() {
    return this.setting.language === "vi" ? "vi-VN" : "en-GB";
  }

  zone() {
    return { timeZone: this.facts.raw?.rules.time_zone };
  }

  clock(at, seconds = false) {
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds && { second: "2-digit" }), ...this.zone() };
    return new Intl.DateTimeFormat(this.locale(), parts).format(typeof at === "number" ? at : Date.parse(at));
  }

  // the fair's own calendar day of an instant, "2026-12-13"
  date(at) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", ...this.zone() };
    const found = Object.fromEntries(
      new Intl.DateTimeFormat("en-GB", parts).formatToParts(Date.parse(at)).map((part) => [part.type, part.value]));
    return `${found.year}-${found.month}-${found.day}`;
  }

  // "T6 13.12" · "Fri 13 Dec", of "2026-12-13"
  day(iso) {
    const [year, month, date] = iso.split("-").map(Number);
    const day = new Date(Date.UTC(year, month - 1, date));
    if (this.setting.language !== "vi")
      return new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(day).replace(",", "");
    return `${["CN", "T2", "T3", "T4", "T5", "T6", "T7"][day.getUTCDay()]} ${String(date).padStart(2, "0")}.${String(month).padStart(2, "0")}`;
  }

  gate(code) {
    const gate = this.facts.raw?.gates.find((known) => known.code === code);
    return gate ? this.named(gate) : code;
  }

  hall(code) {
    const hall = this.facts.raw?.halls?.find((known) => known.code === code);
    return hall ? this.named(hall) : code;
  }

  named(thing) {
    return (this.setting.language !== "vi" && thing.name_en) || thing.name;
  }

  // What no badge answers to: a number that somebody typed is checked again, a code that was scanned is wiped.
  key(verdict, typed) {
    if (verdict.code === "already_in" && this.facts.raw?.rules.counts_exits === false) return "already_in_today";
    if (verdict.detail?.marks?.includes("sample")) return "sample";
    if (verdict.code === "wrong_gate" && verdict.detail?.marks?.includes("not_signed_up")) return "not_signed_up";
    return verdict.code === "unknown" && typed ? "unknown_number" : verdict.code;
  }

  // `left`: when somebody who is scanned out had left already.
  why(verdict, today, typed = false, left = null) {
    const { detail = {} } = verdict;
    const code = this.key(verdict, typed);
    const why = this.words.why;
    if (left) return this.fill(why.left_already, { at: this.clock(left) });
    if (code === "revoked" && !detail.changed_at) return this.fill(why.revoked_now, { reason: this.words.reason[detail.reason] ?? "–" });
    if (detail.session && code !== "admitted_forced") return this.whySession(code, detail);
    const mark = (detail.marks ?? []).find((known) => why[known]);
    if (mark) return why[mark];
    if (code === "wrong_fair" && !this.facts.raw?.fairs[detail.fair]) return why.wrong_fair_unknown;
    if (code === "full") return detail.hall ? this.fill(why.full, { hall: this.hall(detail.hall) }) : why.full_fair;
    if (detail.halls) {
      const gates = (this.facts.raw?.gates ?? []).filter(({ hall }) => detail.halls.includes(hall)).map((gate) => this.named(gate)).join(", ");
      return this.fill(gates ? why.wrong_hall_gates : why.wrong_hall, { halls: detail.halls.map((known) => this.hall(known)).join(", "), gates });
    }
    const at = detail.at ?? detail.changed_at;
    return (why[code] ?? "").replace(/\{(\w+)\}/g, (_, name) => ({
      at: at ? this.clock(at) + (this.date(at) === today || why[code].includes("{day}") ? "" : `, ${this.day(this.date(at))}`) : why.just_now,
      gate: this.gate(detail.gate ?? ""),
      from: detail.hours?.[0],
      to: detail.hours?.[1],
      gates: (detail.gates ?? []).map((known) => this.gate(known)).join(", "),
      days: (detail.days ?? []).map((known) => this.day(known)).join(", "),
      today: this.day(today),
      day: at ? this.day(this.date(at)) : "",
      fair: this.named(this.facts.raw?.fairs[detail.fair] ?? { name: "" }),
      reason: this.words.reason[detail.reason] ?? "–",
    })[name] ?? "");
  }

  // At a session's door, which the sentence names.
  whySession(code, { session, signed_up, marks = [], categories, from }) {
    const { why } = this.words, named = { session: this.gate(session) };
    if (code === "admitted_session") return signed_up ? why.signed_up : why.walked_in;
    if (code === "full") return this.fill(why.full_session, named);
    if (marks.includes("session_off")) return this.fill(why.session_off, named);
    if (marks.includes("not_signed_up")) return this.fill(why.not_signed_up, { ...named, time: this.clock(from) });
    if (!categories) return why[code] ?? "";
    const known = categories.map((number) => this.facts.raw?.categories[number]).filter(Boolean);
    return this.fill(why.wrong_session, { ...named, categories: known.map((one) => this.named(one)).join(", ") });
  }

  fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}
