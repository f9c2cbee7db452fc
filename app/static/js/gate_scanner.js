// A USB scanner types: faster than fingers, then Enter, wherever the focus is. Digits are read by their key, because the
// input methods Telex and VNI rewrite letters; what is no badge at all is read too, so that the gate says so.

const FAST_MS = 60;
const PAUSE_MS = 1000;
const LEAST = 4;
const BADGE_DIGITS = 20;

export function onScanner(onCode) {
  let digits = "", text = "", at = 0, fast = true;
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.altKey || event.metaKey) return;
    const now = event.timeStamp; // when the key was struck: the camera may keep this page busy
    if (event.key === "Enter" || /Enter$/.test(event.code)) {
      const code = digits.length >= BADGE_DIGITS ? digits : fast && text.length >= LEAST ? text : null;
      if (code && now - at < PAUSE_MS) { event.preventDefault(); onCode(code); }
      digits = text = "";
      fast = true;
      return;
    }
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? (/^\d$/.test(event.key) ? event.key : null);
    const letter = digit ?? (event.key.length === 1 ? event.key : null);
    if (letter === null) return;
    if (now - at > PAUSE_MS) { digits = text = ""; fast = true; }
    if (text) fast &&= now - at < FAST_MS;
    if (digit !== null && !event.shiftKey) digits += digit;
    text += letter;
    at = now;
  }, true);
}
