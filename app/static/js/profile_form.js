// A profile's form without leaving the page: what was typed and the photograph stay until they have arrived.

const LARGEST = 10 * 1024 * 1024;

export default function profileForm(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[data-label]");
  const file = form.querySelector("input[type=file]");
  const label = button.textContent;
  let waits = false;

  const say = (text) => {
    said.hidden = !text;
    said.textContent = text;
  };

  async function send() {
    if (file?.files[0]?.size > LARGEST) return say(form.dataset.large);
    waits = false;
    say("");
    button.style.minWidth = `${button.offsetWidth}px`;
    button.disabled = true;
    button.textContent = button.dataset.label;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!fresh.querySelector("#content [data-profile]")) return form.submit(); // another page: go there as without this
      show(fresh, answer.url);
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
  file?.addEventListener("change", () => preview(form, file));
  window.addEventListener("online", () => waits && form.isConnected && send());
}

/** The photograph that was chosen, before it is sent. */
function preview(form, file) {
  const [chosen] = file.files;
  const old = form.querySelector("[data-preview]");
  if (!chosen?.type.startsWith("image/")) return;
  const picture = document.createElement("img");
  picture.src = URL.createObjectURL(chosen);
  picture.alt = "";
  picture.dataset.preview = "";
  picture.className = "profile-file";
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src));
  if (old) old.replaceWith(picture);
  else file.before(picture);
}

/** The page that the server answered with, under its own address. */
function show(fresh, address) {
  const now = document.adoptNode(fresh.getElementById("content"));
  if (address !== location.href) history.pushState(null, "", address);
  document.title = fresh.title;
  document.getElementById("content").replaceWith(now);
  document.querySelector(".toasts").append(...fresh.querySelectorAll(".toasts > *"));
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: now } }));
  if (!now.querySelector(".summary-errors")) window.scrollTo(0, 0);
}

window.addEventListener("popstate", () => location.reload());
