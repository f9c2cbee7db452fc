// A revoked phone gives up what it knew of the fair, and keeps the scans that it has not sent.
import { openStore } from "./gate_store.js";

export default async function gateRevoked(note) {
  const { slug, waiting } = note.dataset;
  const store = await openStore(slug);
  const scans = (await store.queue()).length;
  for (const key of ["snapshot", "news"]) await store.set(key, null);
  await store.forget(Infinity);
  if (scans) {
    note.querySelector("p").textContent = waiting.replace("{n}", scans);
    note.hidden = false;
  }
  const registered = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  for (const one of registered) if (new URL(one.scope).pathname === note.dataset.worker) await one.unregister();
  await globalThis.caches?.delete(`phien-gate-${slug}`);
}
