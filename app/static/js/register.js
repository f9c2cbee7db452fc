// The province is asked only of people who live where the fair is.
const form = document.querySelector("form[data-home]");
if (form) {
  const country = form.elements.country;
  const province = form.elements.province.closest(".field");
  const show = () => { province.hidden = country.value !== form.dataset.home; };
  country.addEventListener("change", show);
  show();
}
