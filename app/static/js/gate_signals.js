// What a verdict sounds and feels like, with switches for both, and a screen that stays awake.
const HIGH = 1320, MID = 740, LOW = 196;
const SIGNALS = {
  go: { tones: [[HIGH, 60]], shake: [60] },
  staff: { tones: [[HIGH, 60]], shake: [60] },
  forced: { tones: [[HIGH, 60], [LOW, 120]], shake: [60, 60, 120] },
  ask: { tones: [[MID, 80], [MID, 80]], shake: [80, 80, 80] },
  stop: { tones: [[LOW, 300]], shake: [300] },
  exit: { tones: [[MID, 80]], shake: [40] },
  corrected: { tones: [[MID, 120], [LOW, 240]], shake: [120, 60, 240] },
  undone: { tones: [], shake: [] },
};
const $ = (id) => document.getElementById(id);
let audio = null;

// The two switches, remembered on the device; and the word over the picture while nothing can be heard.
export function switchSignals(kept) {
  const texts = JSON.parse($("camera-words").textContent);
  const tell = () => {
    const text = !$("sounds").checked ? texts.silent : audio?.state === "running" ? "" : texts.locked;
    $("sound-note").textContent = text;
    $("sound-note").hidden = !text;
  };
  for (const name of ["sounds", "shakes"]) {
    $(name).checked = kept(name) !== "off";
    $(name).onchange = ({ target }) => {
      kept(name, target.checked ? "on" : "off");
      tell();
      signal("go");
    };
  }
  $("shakes-row").hidden = !navigator.vibrate;
  for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, () => unlockSound().then(tell));
  tell();
}

// Browsers let a page sound only after it was touched.
export async function unlockSound() {
  audio ??= new (window.AudioContext ?? window.webkitAudioContext)();
  if (audio.state !== "running") await audio.resume().catch(() => {});
}

// A page without switches, as that which tries the phone, is never silent.
const isOn = (name) => $(name)?.checked ?? true;

export function signal(kind) {
  const { tones, shake } = SIGNALS[kind];
  if (isOn("shakes")) navigator.vibrate?.(shake);
  if (!isOn("sounds") || audio?.state !== "running") return;
  let at = audio.currentTime;
  for (const [hertz, ms] of tones) {
    const tone = audio.createOscillator(), loud = audio.createGain();
    tone.type = kind === "stop" ? "square" : "sine";
    tone.frequency.value = hertz;
    loud.gain.setValueAtTime(0.35, at);
    loud.gain.exponentialRampToValueAtTime(0.01, at + ms / 1000);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + ms / 1000);
    at += ms / 1000 + 0.07;
  }
}

export function stayAwake() {
  const ask = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}
