// Pieces of the board's drawing.

const NS = "http://www.w3.org/2000/svg";

export const make = (name, attributes = {}, text = "") => {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

export const pathOf = (corners, closed = true) => `M${corners.map((corner) => corner.join(" ")).join("L")}${closed ? "z" : ""}`;
