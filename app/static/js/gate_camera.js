// The camera itself: opened, chosen, closed while nobody looks, and why it shows nothing. No frame leaves the device.

const MUTED_MS = 2000;
const TROUBLES = {
  NotAllowedError: "refused", SecurityError: "refused", NotReadableError: "busy", AbortError: "busy",
  NotFoundError: "none", OverconstrainedError: "none",
};

// `onOpen(track)` and `onTrouble(what)` are told, the latter "refused", "busy", "none", "insecure" or null; `chosen()`
// answers the id of the camera that this device remembers.
export class Camera {
  constructor(video, { chosen, onOpen, onTrouble }) {
    Object.assign(this, { video, chosen, onOpen, onTrouble, track: null, what: null, turn: 0 });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.what && this.open());
    navigator.permissions?.query({ name: "camera" }).then((permission) => {
      permission.onchange = () => permission.state !== "denied" && this.what && this.open();
    }).catch(() => {});
  }

  async open() {
    const mine = (this.turn += 1);
    this.release();
    if (!navigator.mediaDevices?.getUserMedia) return this.trouble("insecure");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: this.wanted(), audio: false });
      if (mine !== this.turn) return stop(stream);
      this.video.srcObject = stream;
      [this.track] = stream.getVideoTracks();
      this.follow(this.track);
      await this.video.play();
      if (mine !== this.turn) return;
      this.trouble(null);
      this.onOpen(this.track);
    } catch (error) {
      if (mine === this.turn) this.trouble(TROUBLES[error.name] ?? "busy");
    }
  }

  // The lamp goes out, and other programs may have the camera.
  close() {
    this.turn += 1;
    this.release();
  }

  // [{id, label}], the back cameras first; none before the camera was allowed.
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const cameras = all.filter((device) => device.kind === "videoinput" && device.deviceId);
    return cameras.map(({ deviceId, label }) => ({ id: deviceId, label, faces: facing(label) }))
      .sort((a, b) => (a.faces === "front") - (b.faces === "front"));
  }

  // The one that was chosen, if it is still there; else the one at the back.
  wanted() {
    const chosen = this.chosen();
    return {
      ...(chosen ? { deviceId: { ideal: chosen } } : { facingMode: { ideal: "environment" } }),
      width: { ideal: 1280 }, height: { ideal: 720 },
      zoom: true, // some browsers show the zoom to who asks for it here
    };
  }

  follow(track) {
    const isMine = () => track === this.track;
    track.onended = () => isMine() && this.trouble("busy");
    track.onmute = () => setTimeout(() => isMine() && track.muted && this.trouble("busy"), MUTED_MS);
    track.onunmute = () => isMine() && this.trouble(null);
  }

  release() {
    const stream = this.video.srcObject;
    this.track = null;
    this.video.srcObject = null;
    if (stream) stop(stream);
  }

  trouble(what) {
    this.what = what;
    this.onTrouble(what);
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function facing(label) {
  if (/back|rear|environment|sau/i.test(label)) return "back";
  return /front|user|facetime|trước/i.test(label) ? "front" : null;
}
