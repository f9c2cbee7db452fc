// Finds the buyer of a deal: by the badge before the camera, by its number, or by name while typing.

import { csrfToken } from "./page.js";

const base = new URL("../vendor/zxing/", import.meta.url);
const BADGE = /^\d{193}(\d{3})?$|^\d{20}$/;

export default function buyerPicker(panel) {
  const part = (name) => panel.querySelector(`[data-part="${name}"]`);
  const query = panel.querySelector('[name="buyer_query"]');
  const [scanner, camera, words, badge, found] = ["scanner", "camera", "camera-words", "badge", "found"].map(part);
  const video = camera.querySelector("video");
  let stream = null;
  let waiting = 0;
  let asked = 0;

  async function ask(fields) {
    const mine = ++asked;
    const answer = await fetch(panel.dataset.search, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
      body: new URLSearchParams(fields),
    });
    if (mine === asked) found.innerHTML = await answer.text(); // our own fragment; an older answer is dropped
  }

  query.addEventListener("input", () => {
    badge.value = "";
    clearTimeout(waiting);
    waiting = setTimeout(() => ask({ buyer_query: query.value }), 250);
  });
  query.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // a USB scanner types the code and Enter: look it up, do not send the form
    event.preventDefault();
    clearTimeout(waiting);
    take(query.value.replace(/\s/g, "")) || ask({ buyer_query: query.value });
  });
  found.addEventListener("change", () => (badge.value = ""));

  /** Keeps a badge's code and shows whose it is; false for anything that is no badge. */
  function take(code) {
    if (!BADGE.test(code)) return false;
    badge.value = code;
    if (code.length > 20) query.value = "";
    ask({ badge: code });
    return true;
  }

  async function open() {
    words.textContent = words.dataset.looking;
    camera.hidden = video.hidden = false;
    try {
      const { prepareZXingModule, readBarcodes } = await import(new URL("reader/index.js", base));
      await prepareZXingModule({ overrides: { locateFile: (file) => new URL(file, base).href }, fireImmediately: true });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      video.srcObject = stream;
      await video.play();
      await look(readBarcodes);
    } catch {
      close();
      camera.hidden = false;
      video.hidden = true;
      words.textContent = words.dataset.refused;
    }
  }

  async function look(readBarcodes) {
    const canvas = document.createElement("canvas");
    while (stream) {
      if (video.videoWidth) {
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        const paper = canvas.getContext("2d", { willReadFrequently: true });
        paper.drawImage(video, 0, 0);
        const frame = paper.getImageData(0, 0, canvas.width, canvas.height);
        const codes = await readBarcodes(frame, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
        if (codes.some(({ text }) => take(text))) return close();
      }
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  }

  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    camera.hidden = true;
  }

  scanner.hidden = !navigator.mediaDevices?.getUserMedia;
  part("scan").addEventListener("click", open);
  part("stop").addEventListener("click", close);
  addEventListener("pagehide", close);
}
