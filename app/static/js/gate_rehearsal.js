// Rehearsal at the gate: sample badges, judged as app/visitors/rehearsal.py judges them. Nothing of it is counted.
// The switch belongs to the open tab: a gate that is opened anew begins for real.
import { decode, isGenuine } from "./badge_token.js";
import { dayOf } from "./checkin.js";

const SAMPLE_KEY = 15;
const EARLIER_MS = 3600000;

const named = (slug) => `phien-${slug}-rehearsal`;
export const rehearses = (slug) => sessionStorage.getItem(named(slug)) === "yes";
export const rehearse = (slug, on) => (on ? sessionStorage.setItem(named(slug), "yes") : sessionStorage.removeItem(named(slug)));

// Whether a code that no key of the fair proves says of itself that it is a sample.
export const isSample = (payload) => payload.key === SAMPLE_KEY;

// What a sample says in rehearsal, and what is known of it; null for whatever is no sample of this server.
export async function sampleReading(code, raw) {
  const token = decode(code);
  if (!token || !isSample(token.payload) || !raw.practice) return null;
  const { code_id, fair, category, first_day, days_mask } = token.payload;
  const genuine = fair === raw.rules.fair && (await isGenuine(token, raw.practice.key).catch(() => false));
  return { reading: { kind: "token", fair, genuine, category, first_day, days_mask }, sample: (genuine && raw.practice.samples[code_id]) || null };
}

export function sampleState(sample, at, gate, rules) {
  if (!sample) return { badge: null, passages: [] };
  const { was_in, ...badge } = sample;
  const now = Date.parse(at), before = now - EARLIER_MS;
  const first = dayOf(before, rules) === dayOf(now, rules) ? before : now;
  const passages = was_in ? [{ id: "", at: new Date(first).toISOString(), gate, way: "in", visit: true }] : [];
  return { badge, passages };
}

// As if the fair began today and every gate were for everybody: people train before it opens.
export function sampleRules(at, rules) {
  const categories = Object.fromEntries(Object.entries(rules.categories).map(([n, { code, counts }]) => [n, { code, counts, gates: [], halls: [], hours: {}, fee: false, asks: [] }]));
  return { ...rules, starts_on: dayOf(at, rules), ends_on: null, entry_rule: "free_reentry", categories, sessions: {} };
}

// The strip that says so as long as it is on, and the switches.
export function showRehearsal(slug, strip, switches, onChange = () => {}) {
  const show = () => {
    const on = rehearses(slug);
    if (strip) strip.hidden = !on;
    for (const button of switches) button.textContent = button.dataset[on ? "on" : "off"];
  };
  for (const button of switches) {
    button.addEventListener("click", () => {
      rehearse(slug, !rehearses(slug));
      show();
      onChange();
    });
  }
  show();
  return { end() { rehearse(slug, false); show(); }, hold(held) { for (const button of switches) button.disabled = held; } };
}
