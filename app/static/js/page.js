// What every script of a page may need. app.js is loaded by its version's address, so nothing may import it: it would run twice.

/** Shows one line for six seconds; what went wrong never comes this way, it stands where the fault is. */
export function toast(text) {
  const line = Object.assign(document.createElement("p"), { className: "toast", textContent: text });
  document.querySelector(".toasts").append(line);
  setTimeout(() => line.remove(), 6000);
}

/** The token that a request of this page must carry. */
export const csrfToken = () => document.querySelector('meta[name="csrf-token"]').content;
