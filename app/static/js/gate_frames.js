// Takes frames from the camera's picture and has them read, one at a time, the newest first.

const EVERY_MS = 60; // a phone that reads all day long
const AGAIN_MS = 1000; // while the reader could not be loaded
const LONGEST_PX = [1280, 960, 960]; // in turn: the smaller picture takes half as long, the larger shows badges farther away
const LATE_MS = 250; // browsers may stop telling of frames, under a verdict say

// The reader's thread. Its module comes from our own address, by way of a worker that lies in this page's scope: only so
// does the service worker hand it out when there is no network.
export function openReader() {
  const from = new URL("gate_decoder.js", import.meta.url).href;
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(from)};`], { type: "text/javascript" }));
  let worker = null, answer = null;
  const ask = (frame) => new Promise((done) => {
    answer = done;
    if (!worker) {
      worker = new Worker(blob, { type: "module" });
      worker.onmessage = ({ data }) => answer(data);
      worker.onerror = () => { worker?.terminate(); worker = null; answer({ loaded: false, code: null, light: null }); };
    }
    if (frame) worker.postMessage({ pixels: frame.data.buffer, width: frame.width, height: frame.height }, [frame.data.buffer]);
    else worker.postMessage(null);
  });
  let last = Promise.resolve();
  const inTurn = (frame) => (last = last.then(() => ask(frame)));
  return { load: () => inTurn(null), read: inTurn };
}

// Calls onSeen({loaded, code, light, at}) for each frame that was read; `at` is when the camera took it, by
// performance.now(). Answers a function that ends it.
export function watch(video, reader, onSeen) {
  const pens = LONGEST_PX.map(() => document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
  let ended = false, turn = 0;

  async function look() {
    while (!ended) {
      const began = performance.now();
      const at = await nextFrame(video);
      if (ended) return;
      let wait = EVERY_MS;
      if (video.videoWidth && !document.hidden) {
        const seen = await reader.read(taken());
        if (ended) return;
        onSeen({ ...seen, at });
        if (!seen.loaded) wait = AGAIN_MS;
      }
      await new Promise((done) => setTimeout(done, Math.max(0, began + wait - performance.now())));
    }
  }

  function taken() {
    turn = (turn + 1) % LONGEST_PX.length;
    const pen = pens[turn], { canvas } = pen;
    const scale = Math.min(1, LONGEST_PX[turn] / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.drawImage(video, 0, 0, width, height);
    return pen.getImageData(0, 0, width, height);
  }

  look();
  return () => { ended = true; };
}

function nextFrame(video) {
  return new Promise((done) => {
    const late = setTimeout(() => done(performance.now()), video.requestVideoFrameCallback ? LATE_MS : 0);
    video.requestVideoFrameCallback?.((now, { captureTime }) => { clearTimeout(late); done(captureTime ?? now); });
  });
}
