// What a fair must know at the door: asked in place of a verdict, answered with the next scan of the same badge.

const door = document.getElementById("door");
const fields = [...door.querySelectorAll("[data-asked]")];
const inputOf = (field) => field.querySelector("input, select");

// Asks for what a verdict misses; `done` gets the answers by name, all that were asked.
export function askAtDoor(missing, who, done) {
  for (const field of fields) {
    const asked = missing.includes(field.dataset.asked);
    field.hidden = !asked;
    Object.assign(inputOf(field), { disabled: !asked, required: asked, value: "" });
  }
  named(who);
  door.querySelector("form").onsubmit = () => {
    const said = fields.filter((field) => !field.hidden).map(inputOf);
    done(Object.fromEntries(said.map((input) => [input.name, input.value.trim()])));
  };
  if (!door.open) door.showModal();
  const first = fields.find((field) => !field.hidden);
  if (first) inputOf(first).focus();
}

export const asking = () => door.open;
export const named = (who) => { document.getElementById("door-who").textContent = who; };
export const shutDoor = () => door.open && door.close();
