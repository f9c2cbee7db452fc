// A tone when a place of the board comes to be nearly full or full. Off until somebody asks for it on this device.

const KEPT = "phien-board-sound";
const RANK = { "": 0, amber: 1, red: 2 };

export default function boardSound(button) {
  const board = document.getElementById(button.dataset.board);
  let audio = null;
  let known = levels(board);
  const show = () => button.setAttribute("aria-pressed", Boolean(localStorage.getItem(KEPT)));
  const wake = () => {
    audio ??= new AudioContext();
    audio.resume();
  };
  button.addEventListener("click", () => {
    if (localStorage.getItem(KEPT)) localStorage.removeItem(KEPT);
    else { localStorage.setItem(KEPT, "on"); wake(); sound(audio, 1); }
    show();
  });
  document.addEventListener("pointerdown", () => localStorage.getItem(KEPT) && wake());
  new MutationObserver(() => {
    const now = levels(board);
    const risen = Object.keys(now).filter((place) => RANK[now[place]] > RANK[known[place] ?? ""]);
    known = now;
    if (risen.length && localStorage.getItem(KEPT)) sound(audio, Math.max(...risen.map((place) => RANK[now[place]])));
  }).observe(board, { childList: true });
  button.hidden = false;
  show();
}

const levels = (board) =>
  Object.fromEntries([...board.querySelectorAll("[data-level]")].map((e) => [e.dataset.place, e.dataset.level]));

// Browsers let a page sound only after it was touched.
function sound(audio, times) {
  if (audio?.state !== "running") return;
  for (let n = 0; n < times; n += 1) {
    const tone = audio.createOscillator(), loud = audio.createGain(), at = audio.currentTime + n * 0.35;
    tone.frequency.value = 740;
    loud.gain.setValueAtTime(0.3, at);
    loud.gain.exponentialRampToValueAtTime(0.01, at + 0.25);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.25);
  }
}
