// Sends an answer without leaving the page: without a network what was typed and chosen stays, and goes when it is back.

const LARGEST = 10 * 1024 * 1024;

export default function taskAnswer(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[data-label]");
  if (!button) return;
  const label = button.textContent;
  let waits = false;

  const say = (text) => {
    said.hidden = !text;
    said.textContent = text;
  };

  async function send() {
    const file = form.querySelector("input[type=file]")?.files[0];
    if (file && file.size > LARGEST) return say(form.dataset.large);
    waits = false;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.disabled = true;
    button.textContent = button.dataset.label;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.status >= 500 || !fresh.getElementById("tasks")) return form.submit(); // another page: go there as without this
      show(fresh, form);
    } catch {
      waits = true;
      say(form.dataset.offline);
    } finally {
      button.disabled = false;
      button.textContent = label;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  window.addEventListener("online", () => waits && form.isConnected && send());
}

/** The list as the server has it now; what is typed into other answers of this page, and not sent yet, stays. */
function show(fresh, sent) {
  const old = document.getElementById("tasks"), now = fresh.getElementById("tasks");
  for (const form of old.querySelectorAll("form.task-form")) {
    if (form === sent) continue;
    const twin = [...now.querySelectorAll("form.task-form")].find((one) => one.id === form.id);
    if (twin && twin.elements.revision.value === form.elements.revision.value) twin.replaceWith(form);
  }
  old.replaceWith(document.adoptNode(now));
  document.querySelector(".toasts").append(...fresh.querySelectorAll(".toasts > *"));
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: now } }));
  now.querySelector("[autofocus]")?.focus();
}
