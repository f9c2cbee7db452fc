// Zoomed in far enough, a let booth says who is there: the name comes from the label that it has anyway.

const LETTERS = 13; // that a line of a booth of 3 m holds in type of 3.5 units
const LINES = 3;

/** Writes the names that are missing; `words` says a state, by its class, in the reader's language, `legendOf` a mark. */
export function writeNames(svg, words, legendOf) {
  for (const booth of svg.querySelectorAll(".b.let:not(.named)")) {
    const [x, y, w, h] = booth.dataset.at.split(" ").map(Number);
    if (booth.querySelector(".nm") || w > 45 || h < 30) continue;
    const lines = wrapped(nameOf(booth, words, legendOf), Math.floor((w / 30) * LETTERS));
    if (!lines.length) continue;
    booth.classList.add("named");
    lines.forEach((line, n) => {
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      for (const [key, value] of Object.entries({ class: "co", x: x + w / 2, y: y + h / 2 + 4.2 + 4 * n })) text.setAttribute(key, value);
      text.textContent = line;
      booth.append(text);
    });
  }
}

function nameOf(booth, words, legendOf) {
  const begins = `${booth.dataset.n}, ${words.let}: `;
  const label = booth.getAttribute("aria-label");
  if (!label.startsWith(begins)) return "";
  const group = booth.classList.contains("in") ? legendOf(booth.querySelector(".mk").textContent) : "";
  const name = label.slice(begins.length).replace(/, [^,]+(?:,\d+)?\sm²$/, "");
  return group && name.endsWith(`, ${group}`) ? name.slice(0, -group.length - 2) : name;
}

function wrapped(name, letters) {
  const lines = [];
  for (const word of name.split(" ").filter(Boolean)) {
    if (lines.length && lines.at(-1).length + 1 + word.length <= letters) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  if (lines.length > LINES) lines.splice(LINES - 1, lines.length, `${lines[LINES - 1].slice(0, letters - 1)}…`);
  return lines;
}
