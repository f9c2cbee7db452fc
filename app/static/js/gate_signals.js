// What a verdict sounds and feels like, and a screen that stays awake.
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
let audio = null;

// Browsers let a page sound only after it was touched.
export function unlockSound() {
  audio ??= new (window.AudioContext ?? window.webkitAudioContext)();
  audio.resume();
}

export function signal(kind) {
  const { tones, shake } = SIGNALS[kind];
  navigator.vibrate?.(shake);
  if (!audio || audio.state !== "running") return;
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
