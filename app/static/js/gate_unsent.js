// Before a phone becomes a device: what somebody who is signed in has read on it, and not sent, may be of another gate.
import { openStore } from "./gate_store.js";

export default async function gateUnsent(note) {
  const { length } = await (await openStore(note.dataset.slug)).queue();
  if (!length) return;
  note.querySelector("[data-words]").textContent = note.dataset.waiting.replace("{n}", length);
  note.hidden = false;
}
