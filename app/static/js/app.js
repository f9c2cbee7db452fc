// Mounts behaviour on data-module="name" → js/name.js, and the few manners that every page shares.

import { csrfToken } from "./page.js";

const mounted = new WeakSet();
const own = {
  focus: (element) => element.focus(),
  toast: (element) => setTimeout(() => element.remove(), 6000),
};

async function mount(root) {
  const wanted = [];
  for (const element of root.querySelectorAll("[data-module]")) {
    if (mounted.has(element)) continue;
    mounted.add(element);
    for (const name of element.dataset.module.split(" ")) {
      if (own[name]) own[name](element);
      else wanted.push([element, import(new URL(`./${name}.js`, import.meta.url))]);
    }
  }
  for (const [element, module] of wanted) (await module).default(element);
}

document.addEventListener("submit", ({ target, submitter, defaultPrevented }) => {
  if (defaultPrevented || target.dataset.ask || !submitter?.dataset.busy) return;
  submitter.style.minWidth = `${submitter.offsetWidth}px`;
  setTimeout(() => {
    submitter.disabled = true;
    submitter.textContent = submitter.dataset.busy;
  });
});

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (target.closest("[data-close]")) target.closest("dialog")?.close();
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-submits]")) target.form.requestSubmit();
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});
document.addEventListener("htmx:load", ({ detail }) => mount(detail.elt.parentElement ?? document));
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("button[data-busy][disabled]").forEach((b) => (b.disabled = false));
});
mount(document);
