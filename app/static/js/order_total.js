// What a booking comes to with the extras typed: as the server will reckon it, VAT rounded half up line by line.
// A code, and what is due when, the server says itself, a moment after the last key.

const ASKS_AFTER_MS = 400;

export default function orderTotal(form) {
  const { hold, asks, vat, digits, shown } = form.dataset;
  const within = form.parentElement;
  const inputs = [...form.querySelectorAll("input[data-price]")];
  const typed = [...inputs, ...form.querySelectorAll("input[name=code]")];
  const kept = `phien:extras:${hold}`;
  let waiting = 0;

  function inWords(minor) {
    const amount = written(minor, Number(digits), document.documentElement.lang);
    return shown.replace(/\d[\d.,]*/, amount); // the currency stays where the server put it
  }

  function show() {
    const lines = inputs.map((input) => withVat(Number(input.dataset.price), whole(input.value), Number(vat)));
    const extras = lines.reduce((sum, line) => sum + line, 0);
    const booths = Number(within.querySelector("[data-price][data-booths]")?.dataset.booths ?? form.dataset.booths);
    within.querySelector("[data-total]").textContent = inWords(booths + extras);
    for (const part of within.querySelectorAll("[data-extras]")) {
      part.hidden = !extras;
      if (part.matches("dd")) part.textContent = inWords(extras);
    }
  }

  async function ask() {
    const mine = ++waiting;
    const asked = new URLSearchParams(typed.filter((input) => input.value).map((input) => [input.name, input.value]));
    const answer = await fetch(`${asks}?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || mine !== waiting || !form.isConnected) return; // what is sent is judged again
    const said = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["[data-price][data-booths]", "[data-code-said]"]) {
      const fresh = said.querySelector(part);
      if (fresh) within.querySelector(part)?.replaceWith(fresh);
    }
    const code = form.querySelector("[data-code]");
    const wrong = Boolean(code?.querySelector(".error"));
    code?.classList.toggle("has-error", wrong);
    if (wrong) code.querySelector("input").setAttribute("aria-invalid", "true");
    else code?.querySelector("input").removeAttribute("aria-invalid");
  }

  let timer;
  function askSoon() {
    for (const due of within.querySelectorAll("[data-due]")) due.textContent = "…";
    clearTimeout(timer);
    timer = setTimeout(ask, ASKS_AFTER_MS);
  }

  // The drawer is drawn anew whenever a booth nearby changes: what was typed stays.
  const before = read(kept);
  for (const input of typed) {
    if (!input.value && before[input.name] && !input.disabled) input.value = before[input.name];
  }
  function keep() {
    sessionStorage.setItem(kept, JSON.stringify(Object.fromEntries(typed.map((input) => [input.name, input.value]))));
    show();
    if (asks) askSoon();
  }

  form.addEventListener("input", (event) => typed.includes(event.target) && keep());
  if (typed.some((input) => input.value)) {
    keep(); // typed before this script had come, or before the drawer was drawn anew
    if (inputs.some((input) => input.value)) form.querySelector("details")?.setAttribute("open", "");
  } else show();
}

export function withVat(price, number, vat) {
  const net = price * number;
  return net + Math.floor((net * vat + 5000) / 10000);
}

export function written(minor, digits, language) {
  const [group, point] = language === "vi" ? [".", ","] : [",", "."];
  const text = String(minor).padStart(digits + 1, "0");
  const major = digits ? text.slice(0, -digits) : text;
  const grouped = major.replace(/\B(?=(\d{3})+$)/g, group);
  return digits ? grouped + point + text.slice(-digits) : grouped;
}

function whole(text) {
  return /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0;
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) || {};
  } catch {
    return {};
  }
}
