// One box in a table's head chooses every row below it.

export default function chooseAll(form) {
  const all = form.querySelector("[data-all]");
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  all.hidden = boxes.length < 2;
  const box = all.querySelector("input");
  box.checked = boxes.every((one) => one.checked);
  box.addEventListener("change", () => boxes.forEach((one) => (one.checked = box.checked)));
  form.addEventListener("change", () => (box.checked = boxes.every((one) => one.checked)));
}
