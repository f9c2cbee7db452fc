// What a booking comes to with the extras typed: as the server will reckon it, VAT rounded half up line by line.

export default function orderTotal(form) {
  const { hold, booths, vat, digits, shown } = form.dataset;
  const output = form.parentElement.querySelector("[data-total]");
  const inputs = [...form.querySelectorAll("input[data-price]")];
  const typed = [...inputs, ...form.querySelectorAll("input[name=code]")];
  const parts = form.parentElement.querySelectorAll("[data-extras]");
  const kept = `phien:extras:${hold}`;

  function inWords(minor) {
    const amount = written(minor, Number(digits), document.documentElement.lang);
    return shown.replace(/\d[\d.,]*/, amount); // the currency stays where the server put it
  }

  function show() {
    const lines = inputs.map((input) => withVat(Number(input.dataset.price), whole(input.value), Number(vat)));
    const extras = lines.reduce((sum, line) => sum + line, 0);
    output.textContent = inWords(Number(booths) + extras);
    for (const part of parts) {
      part.hidden = !extras;
      if (part.matches("dd")) part.textContent = inWords(extras);
    }
  }

  // The drawer is drawn anew whenever a booth nearby changes: what was typed stays.
  const before = read(kept);
  for (const input of typed) {
    if (!input.value && before[input.name] && !input.disabled) input.value = before[input.name];
  }
  function keep() {
    sessionStorage.setItem(kept, JSON.stringify(Object.fromEntries(typed.map((input) => [input.name, input.value]))));
    show();
  }

  form.addEventListener("input", keep);
  show();
  if (inputs.some((input) => input.value)) {
    keep(); // typed before this script had come
    form.querySelector("details").open = true;
  }
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
