// Whether the camera opens and its pictures can be read. It is closed again at once.
import { openReader } from "./gate_frames.js";

const PATIENCE_MS = 6000, AGAIN_MS = 150, DARK = 12;

// {ms} for reading a picture, or {fault}: noCamera, noDecoder, black.
export async function tryCamera(video) {
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" } }, audio: false });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
  } catch {
    close(video, stream);
    return { fault: "noCamera" };
  }
  try {
    const reader = openReader();
    if (!(await reader.load()).loaded) return { fault: "noDecoder" };
    return await frames(video, reader);
  } catch {
    return { fault: "noDecoder" };
  } finally {
    close(video, stream);
  }
}

// Reads frames until one is not black: the first may come before the lens has opened.
async function frames(video, reader) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await new Promise((done) => setTimeout(done, AGAIN_MS))) {
    if (!video.videoWidth) continue;
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, 0, 0);
    const frame = pen.getImageData(0, 0, canvas.width, canvas.height);
    const began = performance.now();
    const bright = brightest(frame.data); // the reader takes the pixels with it
    await reader.read(frame);
    if (bright > DARK) return { ms: Math.max(1, Math.round(performance.now() - began)) };
  }
  return { fault: "black" };
}

function brightest(data) {
  let most = 0;
  for (let n = 0; n < data.length; n += 4000) most = Math.max(most, data[n], data[n + 1], data[n + 2]);
  return most;
}

function close(video, stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  video.hidden = true;
}
