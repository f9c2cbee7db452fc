// Sends what waits, fetches what is new. Online and offline are one path: the queue is only empty sooner.

const AT_ONCE = 200;
const TIMEOUT_MS = 10000;
const REFRESH_MS = 15000;

export class Sync {
  constructor({ setting, store, facts, deviceKey, about, onState, onAnswer, onFacts = () => {} }) {
    Object.assign(this, { setting, store, facts, deviceKey, about, onState, onAnswer, onFacts });
    this.state = navigator.onLine ? "online" : "offline";
    this.token = document.querySelector('meta[name="csrf-token"]').content;
    this.pause = 500;
    this.drift = null;
    this.measured = false; // since this page was opened: the clock may have been set while it was not
    this.opened = crypto.randomUUID();
    addEventListener("online", () => { this.pause = 500; this.flush(); this.refresh(); });
    addEventListener("offline", () => this.enter("offline"));
  }

  async start(driftKept) {
    this.drift = driftKept ?? null;
    await this.refresh();
    setInterval(() => this.refresh(), REFRESH_MS);
    this.flush();
  }

  // This moment by the fair's clock, as far as this device knows it.
  now() {
    return Date.now() - (this.drift ?? 0);
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
      const waiting = (await this.store.queue()).sort((a, b) => a.scan.scanned_at.localeCompare(b.scan.scanned_at));
      this.tell();
      if (!waiting.length) {
        if (sent) this.report(0);
        return true;
      }
      const batch = waiting.slice(0, AT_ONCE);
      const answer = await this.ask("/scans", { scans: batch.map((kept) => kept.scan), device: this.deviceKey });
      if (!answer) return false;
      if (answer.status === 422 || answer.status === 413) {
        if (batch.length === 1) await this.store.refused(batch[0]);
        else for (const one of batch) await this.sendAlone(one);
        continue;
      }
      if (!answer.ok) return false;
      const { results } = await answer.json();
      await this.store.sent(results.map((result) => result.id));
      this.pause = 500;
      results.forEach((result, n) => this.onAnswer(batch[n], result));
    }
  }

  // A scan that the server cannot take must not hold up the others; it stays on the device, and the gate says so.
  async sendAlone(kept) {
    const answer = await this.ask("/scans", { scans: [kept.scan], device: this.deviceKey });
    if (answer?.ok) await this.store.sent([kept.id]);
    else if (answer?.status === 422) await this.store.refused(kept);
  }

  // Fetches what is new; whether the server was reached.
  async refresh() {
    const began = Date.now();
    const after = this.facts.raw?.at;
    const answer = await this.ask("/snapshot" + (after ? `?after=${encodeURIComponent(after)}` : ""));
    if (!answer?.ok) return Boolean(answer);
    const raw = await answer.json();
    this.drift = Math.round((began + Date.now()) / 2 - Date.parse(raw.at));
    if (!this.measured) await this.store.correct(this.opened, this.drift);
    this.measured = true;
    this.facts.take(raw);
    this.onFacts();
    await this.store.learn(this.facts);
    await this.store.set("drift", this.drift);
    const waiting = (await this.store.queue()).length;
    await this.report(waiting);
    if (waiting) this.flush();
    this.tell();
    return true;
  }

  // What the organiser's board shows of this device.
  report(unsent, more = {}) {
    return this.ask("/devices", { key: this.deviceKey, ...this.about(), unsent, ...more });
  }

  async ask(path, body) {
    const options = body
      ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": this.token } }
      : {};
    if (this.setting.device) options.headers = { ...options.headers, "X-Gate-Device": "1" }; // its cookie speaks, nobody's session
    try {
      const answer = await fetch(this.setting.api + path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status === 400 && !this.renewed) { await this.renewToken(); return null; }
      if (answer.status === 401 && this.setting.device) location.reload(); // revoked: the page that comes says what to do
      this.enter([400, 401, 403].includes(answer.status) ? "signed-out" : answer.status >= 500 ? "offline" : "online");
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
    const waiting = await this.store.queue();
    const oldest = Math.min(...waiting.map((kept) => Date.parse(kept.scan.scanned_at)));
    this.onState({ state: this.state, waiting: waiting.length, oldest: waiting.length ? oldest : null, faults: await this.store.faults() });
  }
}
