// Filters apply when they are changed; without script the button does it.

export default function planFilters(form) {
  form.querySelector("[data-apply]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}
