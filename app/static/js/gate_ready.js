// Whether this phone will work at the gate: each thing is tried, and is green or says what to do.
import { tryCamera } from "./gate_ready_camera.js";
import { showRehearsal } from "./gate_rehearsal.js";
import { onScanner } from "./gate_scanner.js";
import { signal, unlockSound } from "./gate_signals.js";
import { openStore } from "./gate_store.js";
import { Sync } from "./gate_sync.js";

const CLOCK_MS = 30000, OLD_MS = 15 * 60000, ROOM_MB = 50, CHARGED = 0.5;
const WORKER_MS = 8000;
const SHAPES = { // as the gate's verdicts: ring with tick, triangle, octagon
  ok: '<circle cx="12" cy="12" r="10"/><path d="m7 12.500 3.500 3.500L17.500 8.500"/>',
  advice: '<path d="M12 2.500 1.500 21.500h21z"/><path d="M12 10v5M12 18v.01"/>',
  fix: '<path d="M7.700 1.500h8.600l6.200 6.200v8.600l-6.200 6.200H7.700l-6.200-6.200V7.700z"/><path d="M6.500 12h11"/>',
  ask: '<circle cx="12" cy="12" r="10"/><path d="M9.700 9.500a2.400 2.400 0 1 1 3.300 2.300c-.700.300-1 .800-1 1.500M12 16.500v.01"/>',
  wait: '<circle cx="12" cy="12" r="10" stroke-dasharray="3 4"/>',
};
const $ = (id) => document.getElementById(id);
const found = new Map();
let setting, words, store, sync, offer = null, told = false;

addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); offer = event; if (words) installed(); });

export default async function gateReady() {
  setting = JSON.parse($("gate-setting").textContent);
  words = JSON.parse($("ready-words").textContent);
  for (const { dataset } of document.querySelectorAll("[data-check]")) say(dataset.check, "wait", words.checking);
  if (!globalThis.isSecureContext) { // neither camera nor storage of pages, nor signatures
    for (const { dataset } of document.querySelectorAll("[data-check]")) say(dataset.check, "fix", words.noWorker);
    return;
  }
  buttons();
  sound(null);
  try {
    store = await openStore(setting.slug);
  } catch {
    say("storage", "fix", words.noStorage);
    say("snapshot", "fix", words.noStorage);
    return;
  }
  const facts = await store.facts();
  const own = (name) => localStorage.getItem(`phien-${setting.slug}-${name}`) ?? "";
  if (!own("device")) localStorage.setItem(`phien-${setting.slug}-device`, crypto.randomUUID()); // as the gate's page does
  sync = new Sync({
    setting, store, facts, deviceKey: setting.device?.key ?? own("device"),
    about: () => ({ version: setting.version, name: own("name"), gate: own("gate") }),
    onState: () => {}, onAnswer: () => {},
  });
  await all();
}

// The network's answer brings clock and badges; the others are tried beside it.
async function all() {
  told = false;
  await Promise.allSettled([network().then(() => Promise.all([clock(), snapshot()])), worker(), storage(), camera(), battery(), installed()]);
  document.body.dataset.ready = "yes";
}

async function network() {
  const began = performance.now();
  const reached = await sync.refresh();
  say("network", reached ? "ok" : "fix", reached ? fill(words.network, { ms: Math.round(performance.now() - began) }) : words.noNetwork);
}

function clock() {
  if (!sync.measured) return say("clock", "advice", words.noClock);
  const off = Math.abs(sync.drift);
  return say("clock", off < CLOCK_MS ? "ok" : "advice", fill(off < CLOCK_MS ? words.clock : words.clockOff, { s: span(Math.max(off, 1000)) }));
}

function snapshot() {
  const { raw } = sync.facts;
  if (!raw) return say("snapshot", "fix", words.noSnapshot);
  const age = Math.max(0, sync.now() - Date.parse(raw.at));
  const values = { n: new Intl.NumberFormat(setting.language).format(sync.facts.badges.size), s: span(Math.max(age, 1000)) };
  return say("snapshot", age < OLD_MS ? "ok" : "advice", fill(age < OLD_MS ? words.snapshot : words.oldSnapshot, values));
}

// The page and its files must be kept, or the gate does not open without a network.
async function worker() {
  if (!navigator.serviceWorker || !globalThis.caches) return say("offline", "fix", words.noWorker);
  await navigator.serviceWorker.register(setting.worker, { scope: setting.page }).catch(() => {});
  const cache = await caches.open(`phien-gate-${setting.slug}`);
  await cache.add(new Request(setting.page, { cache: "reload" })).catch(() => {}); // one kept before may be of another device
  for (const end = Date.now() + WORKER_MS; Date.now() < end; await pause(300)) {
    const kept = await Promise.all([setting.page, ...setting.files].map((url) => cache.match(url, { ignoreSearch: true })));
    if (kept.every(Boolean)) return say("offline", "ok", words.offline);
  }
  return say("offline", "fix", words.noOffline);
}

async function storage() {
  await store.set("tried", Date.now());
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const mb = Math.floor((quota - usage) / 1e6);
  if (quota && mb < ROOM_MB) return say("storage", "fix", fill(words.full, { mb }));
  const kept = (await navigator.storage?.persisted?.()) || (await navigator.storage?.persist?.().catch(() => false));
  return say("storage", kept ? "ok" : "advice", kept ? fill(words.storage, { mb: new Intl.NumberFormat(setting.language).format(mb) }) : words.notKept);
}

async function camera() {
  if ($("ready-scanner").getAttribute("aria-pressed") === "true") return say("camera", "ask", words.tryScanner);
  const { fault, ms } = await tryCamera($("ready-video"));
  return say("camera", fault ? "fix" : "ok", fault ? words[fault] : fill(words.camera, { ms }));
}

async function battery() {
  const told = await navigator.getBattery?.().catch(() => null);
  if (!told) return say("battery", "advice", words.noBattery, true);
  const values = { n: Math.round(told.level * 100) };
  if (told.charging) return say("battery", "ok", fill(words.charging, values));
  return say("battery", told.level >= CHARGED ? "ok" : "advice", fill(told.level >= CHARGED ? words.battery : words.low, values));
}

function installed() {
  $("ready-install").hidden = !offer;
  if (matchMedia("(display-mode: standalone)").matches || navigator.standalone) return say("installed", "ok", words.installed);
  const apple = /iPhone|iPad/.test(navigator.userAgent);
  return say("installed", "advice", offer ? words.install : apple ? words.installApple : words.installOther);
}

function sound(heard) {
  $("ready-heard").hidden = $("ready-silent").hidden = heard !== "played";
  say("sound", heard === true ? "ok" : heard === false ? "fix" : "ask", heard === true ? words.sound : heard === false ? words.noSound : words.trySound);
}

function buttons() {
  $("ready-again").onclick = all;
  $("ready-play").onclick = async () => { await unlockSound(); signal("go"); sound("played"); };
  $("ready-heard").onclick = () => sound(true);
  $("ready-silent").onclick = () => sound(false);
  $("ready-install").onclick = async () => { await offer.prompt(); offer = null; installed(); };
  const name = `phien-${setting.slug}-scanner`, scanner = $("ready-scanner");
  scanner.setAttribute("aria-pressed", localStorage.getItem(name) === "yes");
  scanner.onclick = () => {
    const used = scanner.getAttribute("aria-pressed") !== "true";
    scanner.setAttribute("aria-pressed", used);
    localStorage.setItem(name, used ? "yes" : "no");
    scanner.blur(); // its Enter must not press this again
    camera();
  };
  onScanner((code) => scanner.getAttribute("aria-pressed") === "true" && say("camera", "ok", fill(words.scanner, { n: code.length })));
  showRehearsal(setting.slug, null, [$("ready-rehearse")]);
  for (const button of document.querySelectorAll(".ready button[disabled]")) button.disabled = false;
}

// `aside`: what the browser cannot tell makes the whole no less green.
function say(name, state, why, aside = false) {
  const line = document.querySelector(`[data-check="${name}"]`);
  line.dataset.state = state;
  line.querySelector("svg").innerHTML = SHAPES[state];
  line.querySelector("[data-why]").textContent = why;
  found.set(name, aside ? "ok" : state);
  overall();
}

function overall() {
  const states = [...found.values()];
  const state = ["wait", "fix", "ask", "advice"].find((known) => states.includes(known)) ?? "ok";
  $("ready-answer").dataset.state = state;
  $("ready-answer").textContent = { wait: words.checking, fix: words.not, ask: words.asks, advice: words.advice, ok: words.ready }[state];
  if (sync && !told && (state === "ok" || state === "advice")) {
    told = true;
    store.queue().then((waiting) => sync.report(waiting.length, { ready: true }));
  }
}

function span(ms) {
  for (const [unit, size] of [["days", 86400000], ["hours", 3600000], ["minutes", 60000]])
    if (ms >= 2 * size || (unit === "hours" && ms >= size) || (unit === "minutes" && ms >= size)) return fill(words[unit], { n: Math.round(ms / size) });
  return fill(words.seconds, { n: Math.round(ms / 1000) });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
