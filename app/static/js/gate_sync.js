// Sends what waits, fetches what is new. Online and offline are one path: the queue is only empty sooner.
import { DeviceClock } from "./gate_clock.js";

const AT_ONCE = 200;
const TIMEOUT_MS = 10000;
const REFRESH_MS = 15000;
const REFUSED = [400, 413, 422]; // this batch, or this scan in it; others must not wait for it

export class Sync {
  constructor({ setting, store, facts, deviceKey, about, onState, onAnswer, onFacts = () => {} }) {
    Object.assign(this, { setting, store, facts, deviceKey, about, onState, onAnswer, onFacts });
    this.state = navigator.onLine ? "online" : "offline";
    this.token = document.querySelector('meta[name="csrf-token"]').content;
    this.pause = 500;
    this.loose = []; // what the device had no room for: held by this page alone, sent first
    this.measured = false; // since this page was opened: the clock may have been set while it was not
    this.clock = new DeviceClock({
      onJump: (ms) => {
        for (const kept of this.loose) kept.shifted = (kept.shifted ?? 0) + ms;
        this.store.shift(ms);
      },
      onDoubt: () => { this.measured = false; this.refresh(); },
    });
    addEventListener("online", () => { this.pause = 500; this.flush(); this.refresh(); });
    addEventListener("offline", () => this.enter("offline"));
  }

  async start(driftKept) {
    this.clock.drift = driftKept ?? null;
    await this.store.retry(); // the device may have been set up anew, or the server mended
    await this.refresh();
    setInterval(() => this.refresh(), REFRESH_MS);
    this.flush();
  }

  get drift() {
    return this.clock.drift;
  }

  now() {
    return this.clock.now();
  }

  // Keeps a scan before anything is sent; whether the device had room for it.
  async keep(kept, passage, undone) {
    try {
      await this.store.keep(kept, passage, undone);
      return true;
    } catch {
      this.loose.push(kept);
      return false;
    }
  }

  async waiting() {
    return [...this.loose, ...(await this.store.queue())].sort((a, b) => a.scan.scanned_at.localeCompare(b.scan.scanned_at));
  }

  async answered(ids) {
    this.loose = this.loose.filter(({ id }) => !ids.includes(id));
    await this.store.sent(ids);
  }

  // One tab sends at a time; a scan that was answered is never in the queue again.
  flush() {
    clearTimeout(this.timer);
    if (this.sending) { this.again = true; return this.sending; }
    const send = navigator.locks ? () => navigator.locks.request(`phien-flush-${this.setting.slug}`, () => this.send()) : () => this.send();
    this.sending = send().catch(() => false).then((empty) => {
      this.sending = null;
      if (empty && this.again) { this.again = false; this.flush(); }
      else if (!empty) { this.pause = Math.min(this.pause * 2, 15000); this.timer = setTimeout(() => this.flush(), this.pause); }
    });
    return this.sending;
  }

  async send() {
    for (let sent = 0; ; sent += 1) {
      this.again = false;
      if (!this.measured && !(await this.refresh())) return false; // no network: a scan that goes up must go with a true time
      const waiting = await this.waiting();
      this.tell();
      if (!waiting.length) {
        if (sent) this.report(0);
        return true;
      }
      const batch = waiting.slice(0, AT_ONCE);
      const answer = await this.ask("/scans", { scans: batch.map((kept) => kept.scan), device: this.deviceKey });
      if (!answer) return false;
      if (REFUSED.includes(answer.status)) {
        if (batch.length === 1) await this.refused(batch[0]);
        else for (const one of batch) await this.sendAlone(one);
        continue;
      }
      if (!answer.ok) return false;
      const { results } = await answer.json();
      await this.answered(results.map((result) => result.id));
      this.pause = 500;
      results.forEach((result, n) => this.onAnswer(batch[n], result));
    }
  }

  // A scan that the server cannot take must not hold up the others; it stays on the device, and the gate says so.
  async sendAlone(kept) {
    const answer = await this.ask("/scans", { scans: [kept.scan], device: this.deviceKey });
    if (answer?.ok) await this.answered([kept.id]);
    else if (REFUSED.includes(answer?.status)) await this.refused(kept);
  }

  async refused(kept) {
    this.loose = this.loose.filter(({ id }) => id !== kept.id);
    await this.store.refused(kept);
  }

  // Fetches what is new; whether the server was reached.
  async refresh() {
    const began = Date.now();
    const after = this.facts.raw?.at;
    const answer = await this.ask("/snapshot" + (after ? `?after=${encodeURIComponent(after)}` : ""));
    if (!answer?.ok) return Boolean(answer);
    const raw = await answer.json();
    this.clock.measured(Math.round((began + Date.now()) / 2 - Date.parse(raw.at)));
    if (!this.measured) await this.correct();
    this.measured = true;
    this.facts.take(raw);
    this.onFacts();
    await this.store.learn(this.facts);
    await this.store.set("drift", this.drift);
    const waiting = (await this.waiting()).length;
    await this.report(waiting);
    if (waiting) this.flush();
    this.tell();
    return true;
  }

  // Scans that were taken before the clock was measured get the drift that was found.
  async correct() {
    for (const kept of this.loose) if (kept.unmeasured) Object.assign(kept, measuredAt(kept, this.drift));
    await this.store.correct((kept) => measuredAt(kept, this.drift));
  }

  // What the organiser's board shows of this device: not on the server are those too that it refused.
  async report(unsent, more = {}) {
    return this.ask("/devices", { key: this.deviceKey, ...this.about(), unsent: unsent + (await this.store.faults()), ...more });
  }

  async ask(path, body) {
    const options = body
      ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": this.token } }
      : {};
    if (this.setting.device) options.headers = { ...options.headers, "X-Gate-Device": "1" }; // its cookie speaks, nobody's session
    try {
      const answer = await fetch(this.setting.api + path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status === 400 && (await codeOf(answer)) === "stale_form") {
        if (!this.renewed) { await this.renewToken(); return null; }
        this.enter("signed-out");
        return null;
      }
      if (answer.status === 401 && this.setting.device) location.reload(); // revoked: the page that comes says what to do
      this.enter([401, 403].includes(answer.status) ? "signed-out" : answer.status >= 500 ? "offline" : "online");
      return answer;
    } catch {
      this.enter("offline");
      return null;
    }
  }

  // The page may be older than the session: its token is fetched anew, once a minute at most.
  async renewToken() {
    this.renewed = true;
    setTimeout(() => { this.renewed = false; }, 60000);
    const page = await fetch(this.setting.page, { cache: "reload" });
    const found = /name="csrf-token" content="([^"]+)"/.exec(await page.text());
    if (found) this.token = found[1];
  }

  enter(state) {
    this.state = state;
    this.tell();
  }

  async tell() {
    const waiting = await this.waiting();
    const oldest = Math.min(...waiting.map((kept) => Date.parse(kept.scan.scanned_at)));
    this.onState({ state: this.state, waiting: waiting.length, oldest: waiting.length ? oldest : null, faults: await this.store.faults(), loose: this.loose.length });
  }
}

// A problem's code (RFC 9457), null where the answer has none.
const codeOf = (answer) => answer.clone().json().then(({ code }) => code ?? null, () => null);

function measuredAt({ id, scan, shifted = 0 }, drift) {
  return { id, scan: { ...scan, drift_ms: drift - shifted }, unmeasured: undefined, shifted: undefined };
}
