// The organiser's page of one device: says by itself when the phone is set up, and when it is ready.
const EVERY_MS = 3000;

export default function deviceJoins(element) {
  setInterval(async () => {
    if (document.hidden || element.querySelector("dialog[open]")) return;
    const answer = await fetch(element.dataset.url, { headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = document.createElement("div");
    fresh.innerHTML = await answer.text();
    const state = (root) => root.querySelector(".device")?.dataset.state;
    if (state(fresh) !== state(element)) element.replaceChildren(...fresh.childNodes);
  }, EVERY_MS);
}
