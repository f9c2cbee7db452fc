// Answers for the gate's page when the network does not. The scans themselves wait in IndexedDB, not here.
const CACHE = "phien-gate-{{ fair.slug }}";
const PAGE = "{{ url_for('gates.gate') }}";
const READY = "{{ url_for('gates.ready') }}";
const FILES = {{ files|map("string")|list|tojson }}.map((file) => "/static/" + file);
const PATIENCE_MS = 2500;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await Promise.allSettled([PAGE, READY, ...FILES].map((url) => cache.add(new Request(url, { cache: "reload" }))));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  const page = event.request.mode === "navigate" && [PAGE, READY].includes(url.pathname);
  if (page || url.pathname.startsWith("/static/")) event.respondWith(answer(event.request, url.pathname));
});

// The network first, since a page carries a fresh token; what was kept when it fails or dawdles.
async function answer(request, key) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(key, { ignoreSearch: true });
  const asked = fetch(request).then((response) => {
    if (response.ok && response.type === "basic" && !response.redirected) cache.put(key, response.clone());
    return response;
  });
  if (!kept) return asked;
  asked.catch(() => {});
  const patience = new Promise((_, give) => setTimeout(give, PATIENCE_MS, new Error("slow")));
  try {
    return await Promise.race([asked, patience]);
  } catch {
    return kept;
  }
}
