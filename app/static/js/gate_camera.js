// The camera as a reader of QR codes. The decoder comes from our own address; nothing of a frame leaves the device.
import { prepareZXingModule, purgeZXingModule, readBarcodes } from "../vendor/zxing/reader/index.js";

const EVERY_MS = 80;
const AGAIN_MS = 1000;
const WIDEST = 960;
const overrides = { locateFile: (file) => new URL(`../vendor/zxing/${file}`, import.meta.url).href };
let decoder = null;

// Fetched when the page opens, not at the first frame: the network may go in between. After a failure it is fetched anew.
export function loadDecoder() {
  decoder ??= prepareZXingModule({ overrides, fireImmediately: true }).catch((error) => {
    purgeZXingModule();
    decoder = null;
    throw error;
  });
  return decoder;
}

export async function startCamera(video, onCode, onDecoder) {
  const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const look = async () => {
    const loaded = await loadDecoder().then(() => true, () => false);
    onDecoder(loaded);
    if (loaded && video.videoWidth && !document.hidden) {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const frame = pen.getImageData(0, 0, canvas.width, canvas.height);
      const [found] = await readBarcodes(frame, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 }).catch(() => []);
      if (found?.isValid && found.text) onCode(found.text);
    }
    setTimeout(look, loaded ? EVERY_MS : AGAIN_MS);
  };
  look();
  return stream.getVideoTracks()[0];
}

// Lights the badge where the camera has a lamp.
export function hasTorch(track) {
  return Boolean(track.getCapabilities?.().torch);
}

export function setTorch(track, on) {
  return track.applyConstraints({ advanced: [{ torch: on }] });
}
