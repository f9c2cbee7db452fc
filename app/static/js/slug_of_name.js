// Proposes the link from the fair's name until somebody writes one.

export default function slugOfName(element) {
  const slug = element.querySelector("input");
  const name = slug.form.querySelector('[name="name"]');
  let own = slug.value !== "";
  slug.addEventListener("input", () => { own = slug.value !== ""; });
  name.addEventListener("input", () => {
    if (own) return;
    const letters = name.value.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
    slug.value = letters.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "");
  });
}
