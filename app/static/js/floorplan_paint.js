// How a booth looks: drawn by the server (app/booths/plan_svg.py), painted anew here when somebody changes its state.

import { writeNames } from "./floorplan_names.js";

const TONE = / ([pc]\d)\b/;

/** What changes a plan's booths: `words` says a state, by its class, in the reader's language. */
export function painter(root, svg, words) {
  const paints = () => (svg.dataset.paints ?? "").split(" ").filter(Boolean);
  const toneOf = (element) => element.getAttribute("class").match(TONE)?.[1];

  /** False where the view would colour the booth, and only the server knows how. */
  function draw(element, shape) {
    if (!element) return true;
    if (shape === "free" && "kept" in element.dataset) shape = "kept"; // held back for others: free again for them alone
    const [, number, , rest] = element.getAttribute("aria-label").match(/^(\S+), (.*), ([^,]+(?:,\d+)?\sm²)$/) ?? [];
    const [x, y, w, h] = element.dataset.at.split(" ").map(Number);
    const tone = toneOf(element);
    const painted = Boolean(tone) && paints().includes(shape);
    const kept = ["dim", "here"].filter((name) => element.classList.contains(name));
    element.querySelectorAll(".plate, .nm, .co, .frame, .o").forEach((one) => one.remove());
    element.setAttribute("class", ["b", shape, ...kept, painted && "in", tone, "just"].filter(Boolean).join(" "));
    const fill = element.querySelector(".f");
    if (shape === "free" || shape === "mine" || painted) fill.removeAttribute("fill");
    else fill.setAttribute("fill", `url(#s-${shape})`);
    if (shape === "held" || shape === "off" || shape === "kept") fill.after(rect("plate", x + w / 2 - 11.5, y + h / 2 - 6.5, 23, 13));
    if (shape === "mine") fill.after(rect("frame", x + 3.6, y + 3.6, w - 7.2, h - 7.2));
    if (painted && (shape === "held" || shape === "let")) {
      const over = rect("o", x + 0.8, y + 0.8, w - 1.6, h - 1.6);
      over.setAttribute("fill", `url(#o-${shape})`);
      fill.after(over);
    }
    element.querySelector(".no").setAttribute("y", y + h / 2 + 3.2);
    const said = painted ? `${words[shape]}, ${legendOf(element.querySelector(".mk").textContent)}` : words[shape];
    if (number) element.setAttribute("aria-label", `${number}, ${said}, ${rest}`);
    return painted || !paints().includes(shape);
  }

  const legendOf = (mark) => [...root.querySelectorAll("[data-mark]")].find((one) => one.dataset.mark === mark)?.dataset.words ?? mark;

  function count() {
    const free = svg.querySelectorAll(".b.free").length;
    for (const label of root.querySelectorAll("[data-free]")) {
      label.textContent = label.textContent.replace(/[\d.,]+/, free);
      label.ariaLabel &&= label.ariaLabel.replace(/[\d.,]+/, free);
    }
  }

  // Called whenever the view moves, so that names are written once somebody comes near enough to read them.
  const near = () => svg.classList.contains("near") && writeNames(svg, words, legendOf);

  return { draw, count, near };
}

/**
 * Puts a plan that the server drew anew into the one that is open, so that the view stays where it was, and with it
 * the parts of the page that are marked `data-fresh`. Answers whether it did: false where the hall is gone, null where
 * no answer came or it is not `wanted` any more.
 */
export async function drawAnew(root, svg, address, wanted = () => true) {
  const answer = await fetch(address);
  const page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.getElementById("hall");
  if (!fresh || !wanted()) return null;
  if (fresh.getAttribute("aria-label") !== svg.getAttribute("aria-label")) return false;
  svg.dataset.stop = svg.querySelector('.b[tabindex="0"]')?.dataset.n ?? "";
  svg.setAttribute("viewBox", fresh.getAttribute("viewBox"));
  svg.dataset.paints = fresh.dataset.paints ?? "";
  svg.replaceChildren(...fresh.childNodes);
  const parts = [...page.querySelectorAll("[data-fresh]")];
  for (const [n, part] of [...root.querySelectorAll("[data-fresh]")].entries()) if (parts[n]) part.innerHTML = parts[n].innerHTML;
  return true;
}

function rect(name, x, y, width, height) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({ class: name, x, y, width, height })) made.setAttribute(key, value);
  return made;
}
