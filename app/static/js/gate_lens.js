// What a camera's lens can do beyond a picture: lamp, zoom, brightness. Each as the camera says, and only then.

const RANGES = { zoom: "zoom", brightness: "exposureCompensation" };

// {torch: true or false, zoom and brightness: {min, max, step} or null}
export function lensOf(track) {
  const able = track?.getCapabilities?.() ?? {};
  const range = (name) => (able[name]?.max > able[name]?.min ? { step: 0.1, ...able[name] } : null);
  return { torch: Boolean(able.torch), zoom: range(RANGES.zoom), brightness: range(RANGES.brightness) };
}

// Sets all that is wished for at once, since cameras forget what is not said again; whether the camera took it.
export async function setLens(track, { torch, zoom, brightness }) {
  const able = lensOf(track);
  const wanted = {
    ...(able.torch && { torch: Boolean(torch) }),
    ...(able.zoom && zoom !== null && { zoom: within(able.zoom, zoom) }),
    ...(able.brightness && brightness !== null && { exposureCompensation: within(able.brightness, brightness) }),
  };
  if (!Object.keys(wanted).length) return true;
  return track.applyConstraints({ advanced: [wanted] }).then(() => true, () => false);
}

export function within({ min, max }, value) {
  return Math.min(max, Math.max(min, value));
}
