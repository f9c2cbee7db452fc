// Sends a form itself, so that a network that is gone takes nothing with it: the page stays, with all that was typed.

export default function keptForm(form) {
  const note = form.querySelector("[data-offline]");

  form.addEventListener("submit", async (event) => {
    const button = event.submitter, label = button?.textContent;
    event.preventDefault();
    note.hidden = true;
    const body = new FormData(form, button);
    if (button) Object.assign(button, { disabled: true, textContent: button.dataset.busy ?? label });
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body, headers: { "X-Kept-Form": "1" } });
    } catch {
      if (button) Object.assign(button, { disabled: false, textContent: label });
      note.querySelector("span").textContent = note.dataset.offline;
      note.hidden = false;
      note.scrollIntoView({ block: "nearest" });
      return;
    }
    if (answer.status === 204) location.assign(answer.headers.get("X-Goes-To"));
    else if (answer.redirected) location.assign(answer.url); // signed out meanwhile
    else if ([409, 422].includes(answer.status)) show(form, await answer.text());
    else form.submit(); // what else is wrong the server says on a page of its own
  });
}

/** The same form with what is wrong, as the server answers it. */
function show(form, markup) {
  const anew = new DOMParser().parseFromString(markup, "text/html").querySelector("form[data-module~=kept_form]");
  if (!anew) return form.submit();
  form.replaceWith(document.adoptNode(anew));
  anew.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: anew } })); // app.js mounts it
}
