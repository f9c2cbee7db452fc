// Moves a wish one place up: the numbers change places, whatever was typed.

export default function wishOrder(form) {
  const fields = [...form.querySelectorAll('[name="wish"]')];
  form.querySelectorAll("[data-up]").forEach((button, place) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const [above, own] = [fields[place - 1], fields[place]];
      [above.value, own.value] = [own.value, above.value];
      above.focus();
    });
  });
}
