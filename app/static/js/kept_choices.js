// Puts new markup into an element without losing what a person has chosen there, or where they are.

const CONTROLS = "input:not([type=hidden]), select, textarea, button, a";
const isChoice = (control) => ["radio", "checkbox"].includes(control.type);
const nameOf = (control) => [control.form?.getAttribute("action"), control.tagName, control.name, isChoice(control) && control.value, control.getAttribute("href")].join(" ");

export function replaceKeeping(element, markup) {
  const controls = [...element.querySelectorAll(CONTROLS)];
  const chosen = new Map(controls.map((control) => [nameOf(control), isChoice(control) ? control.checked : control.value]));
  const at = element.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  element.innerHTML = markup;
  for (const control of element.querySelectorAll(CONTROLS)) {
    const name = nameOf(control), before = chosen.get(name);
    if (control.type === "radio") control.checked ||= Boolean(before); // of a choice that is gone, the page's own stays
    else if (control.type === "checkbox") control.checked = before ?? control.checked;
    else if (before !== undefined && control.matches("input, textarea, select")) keepValue(control, before);
    if (name === at) control.focus({ preventScroll: true });
  }
}

function keepValue(control, value) {
  const offered = control.tagName !== "SELECT" || [...control.options].some((option) => option.value === value);
  if (offered) control.value = value;
}
