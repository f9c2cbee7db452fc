// A USB or Bluetooth scanner types: faster than fingers, then Enter, Tab or nothing, wherever the focus is. Digits are
// read by their key, because the input methods Telex and VNI rewrite letters and Japanese ones widen digits. Of what
// stands in a text field only a badge's burst is taken out again; what is no badge at all is read too where no field
// has the focus, so that the gate says so.
import { isNumber } from "./badge_token.js";

const FAST_MS = 60; // between two keys on average; a Bluetooth scanner takes about 30, fingers more than 80
const PAUSE_MS = 1000, PAUSE_IN_FIELD_MS = 250; // what comes later is another word
const SILENCE_MS = 300; // after a whole code: this scanner sends nothing at its end
const LEAST = 4;
const NUMBER = 20, CODES = [193, 196];
const FIELDS = "textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])";

export function onScanner(onCode) {
  let run = null; // {text, began, last, even, field, before}: keys that came one upon the other
  let silence = 0, readAt = -Infinity, composed = "", keyed = false;

  function feed(sign, at, field, before = field?.value) {
    const pause = field ? PAUSE_IN_FIELD_MS : PAUSE_MS;
    if (!run || run.field !== field || at - run.last > pause) run = { text: "", began: at, last: at, even: true, field, before };
    if (run.text) run.even &&= at - run.last < FAST_MS;
    run.text += sign;
    run.last = at;
    clearTimeout(silence);
    silence = setTimeout(() => run && take(codesOf(run, false)) && (readAt = performance.now()), SILENCE_MS);
  }

  // Whether these were codes; then they leave the field in which they were typed.
  function take(codes) {
    const { field, before } = run;
    if (!codes.length) return false;
    run = null;
    clearTimeout(silence);
    if (field && "value" in field) {
      const restore = () => { field.value = before; };
      restore();
      setTimeout(restore); // an input method may still hand over what it was composing
    }
    codes.forEach((code) => onCode(code));
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = event.timeStamp; // when the key was struck: the camera may keep this page busy
    const field = event.target.closest?.(FIELDS) ?? null;
    if (/Enter$|^Tab$/.test(event.code) || /^(Enter|Tab)$/.test(event.key)) {
      const late = at - readAt < SILENCE_MS; // the end of a code that was taken already must not press a button
      readAt = -Infinity;
      const taken = run && at - run.last < PAUSE_MS && take(codesOf(run, true));
      if (taken || late) { event.preventDefault(); event.stopPropagation(); }
      run = null;
      return;
    }
    const digit = digitOf(event);
    const sign = digit ?? (event.key.length === 1 ? event.key : null);
    if (sign === null) return;
    keyed = Boolean(field);
    if (field && digit === null) run = null;
    else feed(sign, at, field);
  }, true);

  // Scanners built into a device hand a code to its input method: no keys, only text.
  let standing = "";
  document.addEventListener("beforeinput", ({ target }) => { standing = target.value; }, true);
  document.addEventListener("input", (event) => {
    const { target, data, inputType } = event;
    const composing = inputType === "insertCompositionText";
    const added = composing && data?.startsWith(composed) ? data.slice(composed.length) : data;
    composed = composing ? data ?? "" : "";
    if (keyed) { keyed = false; return; }
    if (!added || !target.matches?.(FIELDS) || !/^insert(Composition)?Text$/.test(inputType)) return;
    const digits = added.normalize("NFKC");
    if (!/^\d+$/.test(digits)) run = null;
    else for (const digit of digits) feed(digit, event.timeStamp, target, standing);
  }, true);
}

// Of a run its codes; [] for what a person typed. `ended`: Enter or Tab came.
function codesOf({ text, began, last, even, field }, ended) {
  const digits = text.replace(/^\][A-Za-z]\d/, "").replace(/\D/g, ""); // some name the kind of code before it: "]Q1"
  const fast = (last - began) / Math.max(1, text.length - 1) < FAST_MS;
  const whole = cut(digits);
  if (!ended) return fast ? whole : [];
  if (field) return fast && digits.length >= NUMBER ? (whole.length ? whole : [digits]) : [];
  if (digits.length >= NUMBER) return whole.length ? whole : [digits];
  return even && text.length >= LEAST ? [text] : [];
}

// Several badges, one upon the other, from a scanner that puts nothing between them.
function cut(digits) {
  for (const size of CODES) {
    if (digits.length && digits.length % size === 0) return digits.match(new RegExp(`.{${size}}`, "g"));
  }
  const numbers = digits.length % NUMBER ? [] : digits.match(/.{20}/g) ?? [];
  return numbers.every(isNumber) ? numbers : [];
}

function digitOf({ code, key }) {
  const struck = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (struck !== undefined) return struck;
  const wide = key.length === 1 ? key.normalize("NFKC") : "";
  return /^\d$/.test(wide) ? wide : null;
}
