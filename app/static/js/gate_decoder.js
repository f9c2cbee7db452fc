// Reads the codes in a camera's frames, in a thread of its own: taps, scanners and verdicts never wait for a frame.
import { prepareZXingModule, purgeZXingModule, readBarcodes } from "../vendor/zxing/reader/index.js";
import { lightOf } from "./gate_light.js";

const BADGE = /^\d{193}(\d{3})?$|^\d{20}$/;
const HOW = { formats: ["QRCode"], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 4 };
const WARM_UP = 3; // frames: the first ones are slow, while the browser still compiles
const overrides = { locateFile: (file) => new URL(`../vendor/zxing/${file}`, import.meta.url).href };
let decoder = null;

self.onmessage = async ({ data }) => {
  const frame = data && new ImageData(new Uint8ClampedArray(data.pixels), data.width, data.height);
  const loaded = await load().then(() => true, () => false);
  const found = loaded && frame ? await readBarcodes(frame, HOW).catch(() => []) : [];
  self.postMessage({ loaded, code: chosen(found, frame), light: frame ? lightOf(frame) : null });
};

// Fetched when the page opens, not at the first frame: the network may go in between. After a failure it is fetched anew.
function load() {
  decoder ??= prepareZXingModule({ overrides, fireImmediately: true }).then(warm).catch((error) => {
    purgeZXingModule();
    decoder = null;
    throw error;
  });
  return decoder;
}

async function warm() {
  const pattern = new ImageData(320, 240);
  pattern.data.forEach((_, n, data) => { data[n] = (n >> 5) % 3 ? 255 : 40; });
  for (let n = 0; n < WARM_UP; n += 1) await readBarcodes(pattern, HOW).catch(() => []);
}

// Of several codes the badge that is nearest to the middle: a poster behind it, or the next visitor's, is not meant.
function chosen(found, frame) {
  const codes = found.filter((one) => one.isValid && one.text);
  const badges = codes.filter((one) => BADGE.test(one.text));
  const away = ({ position: { topLeft, bottomRight } }) =>
    Math.hypot((topLeft.x + bottomRight.x - frame.width) / 2, (topLeft.y + bottomRight.y - frame.height) / 2);
  return (badges.length ? badges : codes).sort((a, b) => away(a) - away(b))[0]?.text ?? null;
}
