// The camera as the gate uses it: picture, lamp, zoom, and what to do when nothing is to be seen.
import { Camera } from "./gate_camera.js";
import { openReader, watch } from "./gate_frames.js";
import { lensOf, setLens, within } from "./gate_lens.js";
import { steadyLight } from "./gate_light.js";

const $ = (id) => document.getElementById(id);
const BRIGHTER = 6; // steps from the least to the most

// `kept(name[, value])` remembers on this device. onCode(code, at): a badge was read in the frame taken at `at`; onHeld(code): while a dialog is open;
// onReader(loaded): whether codes can be read. Answers {load}: what must be fetched before the network may go.
export function openCamera({ kept, onCode, onHeld, onReader }) {
  const texts = JSON.parse($("camera-words").textContent);
  const reader = openReader();
  const camera = new Camera($("video"), { chosen: () => kept("camera"), onOpen: opened, onTrouble: showTrouble });
  const light = steadyLight(showLight);
  let lens = lensOf(null);
  let darkness = null;

  function opened() {
    lens = lensOf(camera.track);
    $("torch").hidden = !lens.torch;
    $("zoom-row").hidden = !lens.zoom;
    $("brightness-row").hidden = !lens.brightness;
    for (const [name, range] of [["zoom", lens.zoom], ["brightness", lens.brightness]]) {
      if (!range) continue;
      Object.assign($(name), { min: range.min, max: range.max, step: range.step });
      $(name).value = wish(name) ?? camera.track.getSettings()[name === "zoom" ? "zoom" : "exposureCompensation"] ?? within(range, 0);
    }
    showTorch();
    if (["torch", "zoom", "brightness"].some((name) => kept(name) !== null)) set();
    showCameras();
  }

  const wish = (name) => (kept(name) === null ? null : Number(kept(name)));
  const set = () => setLens(camera.track, { torch: kept("torch") === "on", zoom: wish("zoom"), brightness: wish("brightness") });

  async function lamp(on) {
    const before = kept("torch") ?? "off";
    kept("torch", on ? "on" : "off");
    if (!(await set())) kept("torch", before);
    showTorch();
  }

  function showTorch() {
    $("torch").setAttribute("aria-pressed", kept("torch") === "on");
  }

  function change(name, value) {
    kept(name, value);
    $(name).value = value;
    return set();
  }

  async function showCameras() {
    const cameras = await camera.list();
    const now = camera.track?.getSettings().deviceId;
    const numbers = {};
    $("cameras").hidden = cameras.length < 2;
    $("camera-list").replaceChildren(...cameras.map(({ id, label, faces }) => {
      numbers[faces] = (numbers[faces] ?? 0) + 1;
      const alike = cameras.filter((other) => other.faces === faces).length > 1;
      const name = faces ? texts[faces] + (alike ? ` ${numbers[faces]}` : "") : label || `${texts.camera} ${numbers[faces]}`;
      const line = document.createElement("label");
      const choice = Object.assign(document.createElement("input"), { type: "radio", name: "camera", value: id, checked: id === now });
      choice.onchange = () => { kept("camera", id); camera.open(); };
      line.append(choice, name);
      return line;
    }));
  }

  function showTrouble(what) {
    $("camera-trouble").hidden = !what;
    $("camera-trouble").dataset.what = what ?? "";
    $("camera-trouble").querySelector("p").textContent = what ? texts.trouble[what] : "";
    $("frame").hidden = Boolean(what);
    if (what) for (const id of ["torch", "zoom-row", "light"]) $(id).hidden = true;
  }

  // Too dark or too bright: what the camera itself can do about it, at one touch; else what the person can.
  function showLight(seen) {
    darkness = seen;
    const torch = lens.torch && kept("torch") === "on";
    const deed = seen === "dark" ? (lens.torch && !torch ? "lampOn" : lens.brightness && "brighter")
      : torch ? "lampOff" : lens.brightness && "darker";
    $("light").hidden = !seen;
    $("light").dataset.light = seen ?? "";
    $("light").querySelector("p").textContent = seen ? texts[seen] + (deed ? "" : ` ${texts[`${seen}Hint`]}`) : "";
    $("light-deed").hidden = !deed;
    $("light-deed").textContent = deed ? texts[deed] : "";
  }

  function mend() {
    const range = lens.brightness;
    if (darkness === "dark" && lens.torch && kept("torch") !== "on") return lamp(true);
    if (darkness === "bright" && lens.torch && kept("torch") === "on") return lamp(false);
    if (!range) return null;
    const step = ((range.max - range.min) / BRIGHTER) * (darkness === "dark" ? 1 : -1);
    return change("brightness", within(range, Number($("brightness").value) + step));
  }

  $("torch").onclick = () => lamp(kept("torch") !== "on");
  $("zoom").oninput = ({ target }) => change("zoom", target.value);
  $("brightness").oninput = ({ target }) => change("brightness", target.value);
  $("camera-again").onclick = () => camera.open();
  $("light-deed").onclick = mend;
  navigator.mediaDevices?.addEventListener?.("devicechange", showCameras);
  watch($("video"), reader, (seen) => {
    onReader(seen.loaded);
    if (camera.track) light(seen.light, performance.now());
    if (!seen.code) return;
    if (document.querySelector("dialog[open]")) onHeld(seen.code); // somebody answers: no new scan, but the badge dwells
    else onCode(seen.code, seen.at);
  });
  if (!document.hidden) camera.open();
  return { load: reader.load };
}
