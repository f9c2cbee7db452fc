// Whether a camera's picture is too dark or too bright to read a badge in it.

const STEP = 29; // pixels; no divisor of a frame's width, so that the points lie scattered
const DARK = 70, WHITE = 245; // of 255
const LASTS_MS = 1200; // an eyelid's shadow is no darkness

// "dark": even the brightest tenth is dark. "bright": more than half of the picture has no drawing left. Else null.
export function lightOf({ data }) {
  const counts = new Uint32Array(256);
  let points = 0;
  for (let at = 0; at < data.length; at += 4 * STEP, points += 1) {
    counts[(data[at] * 77 + data[at + 1] * 151 + data[at + 2] * 28) >> 8] += 1;
  }
  const share = (from, to) => counts.subarray(from, to).reduce((sum, count) => sum + count, 0) / points;
  if (share(DARK, 256) < 0.1) return "dark";
  return share(WHITE, 256) > 0.55 ? "bright" : null;
}

// Tells a light that lasts, once, and at once when it is good again.
export function steadyLight(tell) {
  let seen = null, since = 0, told = null;
  return (light, now) => {
    if (light !== seen) { seen = light; since = now; }
    if (light === told || (light && now - since < LASTS_MS)) return;
    told = light;
    tell(light);
  };
}
