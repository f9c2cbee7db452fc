// The plan editor: tools, keys and publication. The board draws, the store keeps, the panel writes the details.

import { toast } from "./page.js";
import { Areas } from "./drawing_areas.js";
import { Background } from "./drawing_background.js";
import { Board } from "./drawing_board.js";
import { aligned, following, merged, moved, numbered, parts, repeated, spread, turned } from "./drawing_moves.js";
import { Panel } from "./drawing_panel.js";
import { turnedCorners } from "./drawing_polygons.js";
import { Store, stateOf } from "./drawing_store.js";

const KEYS = { v: "select", b: "booth", a: "area", w: "wall", p: "pillar", s: "stage", t: "text", x: "exit", c: "wc" };
const SIZES = { booth: [300, 300], wall: [600, 20], pillar: [60, 60], stage: [800, 600], text: [300, 100], exit: [300, 60], wc: [300, 300] };

export default function planEditor(root) {
  const words = { ...JSON.parse(root.dataset.words), ...JSON.parse(root.dataset.moreWords) };
  const seen = document.querySelector("#throw-away [name=seen]");
  const pieces = JSON.parse(root.dataset.pieces);
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);
  const ed = { root, words, part, say, selection: new Set(), tool: "select", grid: 50, faulty: new Set(), size: [...SIZES.booth], extras: [] };
  const store = (ed.store = new Store(root.dataset.api, root.dataset.key, told));
  const board = new Board(root.querySelector(".board-floor"), ed);
  const panel = new Panel(part("panel"), ed);

  const hint = (text) => (part("hint").textContent = text);
  Object.assign(ed, { add, choose, hint });
  ed.extras = [new Areas(ed, board), new Background(ed, board)];

  const chosen = () => store.items.filter((one) => ed.selection.has(one.id));
  ed.movable = () => chosen().filter((one) => one.kind !== "entrance" && !store.isTaken(one));
  const booths = () => ed.movable().filter((one) => one.type === "booth");
  const taken = () => new Set([...store.booths.map((one) => one.number), ...store.judged.elsewhere].map((number) => number.toLowerCase()));

  ed.selected = (ids) => {
    ed.selection = new Set(ids);
    board.frame();
    panel.show();
  };
  ed.moved = (dx, dy) => store.replace(ed.movable().map((one) => moved(one, dx, dy)));
  ed.resized = (one) => store.replace([one]);
  ed.drawn = (box, at, again = false) => {
    const { width_cm: hall } = store.size;
    const upright = ed.tool === "exit" && (at.x < 150 || at.x > hall - 150);
    const [width_cm, depth_cm] = ed.tool === "booth" ? ed.size : upright ? [...SIZES.exit].reverse() : SIZES[ed.tool];
    const on = (value) => Math.max(0, Math.round(value / ed.grid) * ed.grid);
    const drawn = box ? { ...box, width_cm: Math.max(box.width_cm, 50), depth_cm: Math.max(box.depth_cm, ed.tool === "wall" ? 20 : 50) } : { x_cm: Math.max(0, Math.min(on(at.x - width_cm / 2), hall - width_cm)), y_cm: Math.max(0, Math.min(on(at.y - depth_cm / 2), store.size.depth_cm - depth_cm)), width_cm, depth_cm };
    while (!box && store.items.some((one) => one.x_cm === drawn.x_cm && one.y_cm === drawn.y_cm)) drawn.x_cm += drawn.width_cm;
    if (ed.tool === "booth") {
      ed.size = [drawn.width_cm, drawn.depth_cm];
      add([{ ...drawn, type: "booth", number: following(lastNumber(), taken()), zone: "", kind: "", sides: null, state: "free", name: "", price_minor: null }]);
    } else {
      add([{ ...drawn, type: "feature", kind: ed.tool, name: pieces[ed.tool][0], name_en: ed.tool === "text" ? "" : pieces[ed.tool][1] }]);
      if (ed.tool === "text") panel.focus("piece_name");
    }
    if (!again) choose("select");
  };
  const lastNumber = () => store.booths.at(-1)?.number ?? "A00";

  /** New things, chosen at once. */
  function add(fresh, instead = new Set()) {
    const known = new Set(store.items.map((one) => one.id));
    store.change([...store.items.filter((one) => !instead.has(one.id)), ...fresh.map((one) => ({ ...one, id: undefined }))]);
    ed.selected(store.items.filter((one) => !known.has(one.id)).map((one) => one.id));
  }

  const copies = (items) => {
    const numbers = taken();
    return items.map((one) => {
      if (one.type !== "booth") return one;
      const number = following(one.number, numbers);
      numbers.add(number.toLowerCase());
      return { ...one, number };
    });
  };

  const acts = {
    undo: () => store.undo(),
    redo: () => store.redo(),
    in: () => board.zoom(0.7),
    out: () => board.zoom(1.4),
    fit: () => board.fit(),
    several: () => {
      ed.several = !ed.several;
      root.querySelector('[data-act="several"]').setAttribute("aria-pressed", ed.several);
    },
    remove: () => {
      const gone = new Set(ed.movable().map((one) => one.id));
      const at = store.items.findIndex((one) => gone.has(one.id));
      if (gone.size) store.change(store.items.filter((one) => !gone.has(one.id)));
      const next = gone.size === 1 ? store.items[Math.min(at, store.items.length - 1)] : null; // for who goes on by keys
      ed.selected(next && document.activeElement === board.svg ? [next.id] : []);
    },
    duplicate: () => ed.movable().length && add(copies(ed.movable()).map((one) => moved(one, ed.grid, ed.grid))),
    turn: () => ed.movable().length && store.replace(turnedCorners(turned(ed.movable()), ed.movable())),
    merge: () => {
      const together = booths();
      if (together.length < 2) return panel.refuse(words.two);
      const one = merged(together);
      if (!one) return panel.refuse(words.fill);
      return add([one], new Set(together.map((each) => each.id)));
    },
    repeat: () => {
      const items = ed.movable();
      const asked = items.length && panel.repeat();
      if (asked) add(copies(repeated(items, asked)));
      if (asked) ed.selected([...ed.selection, ...items.map((one) => one.id)]);
    },
    number: () => {
      const asked = panel.numbering();
      if (!asked) return;
      const chosenNow = new Set(booths().map((one) => one.id));
      const others = store.booths.filter((one) => !chosenNow.has(one.id)).map((one) => one.number);
      const numbers = numbered(booths(), asked, new Set([...others, ...store.judged.elsewhere].map((number) => number.toLowerCase())));
      store.replace(booths().map((one) => ({ ...one, number: numbers.get(one.id) })));
    },
    split: () => {
      const [one, ...more] = booths();
      const asked = panel.split();
      if (!one || more.length) return void panel.refuse(words.one);
      if (!asked) return;
      const [first, ...others] = parts(one, asked.across, asked.down);
      if ([first, ...others].some((piece) => piece.width_cm < 50 || piece.depth_cm < 50)) return void panel.refuse(words.small);
      const numbers = taken();
      const named = others.map((piece) => {
        const number = following(one.number, numbers);
        numbers.add(number.toLowerCase());
        return { ...piece, number };
      });
      add([first, ...named], new Set([one.id]));
    },
    theirs: () => store.settle(false).then(() => ed.selected([])),
    mine: () => store.settle(true),
    publish: async () => {
      await store.save();
      if (store.dirty) return; // the line beside the hall's name says why it is not kept
      const draft = await store.ask("GET").catch((error) => void told(stateOf(error), error.message));
      if (!draft) return;
      if (draft.revision === store.revision) store.judge(draft);
      else store.take(draft); // a colleague drew, and nothing is unsent here: their drawing is what would be published
      told("saved");
      panel.difference();
      part("publication").showModal();
    },
    "publish-now": publish,
  };
  for (const extra of ed.extras) Object.assign(acts, extra.acts);
  for (const side of ["left", "top", "right", "bottom"]) acts[side] = () => ed.movable().length > 1 && store.replace(aligned(ed.movable(), side));
  acts.across = () => ed.movable().length > 2 && store.replace(spread(ed.movable(), "x"));
  acts.down = () => ed.movable().length > 2 && store.replace(spread(ed.movable(), "y"));

  async function publish(event) {
    event.preventDefault();
    const { added, changed, removed } = store.judged;
    const meant = added.length + changed.length + removed.length;
    try {
      const done = await store.ask("POST", "/publication", { revision: store.revision, plan: store.judged.plan }, { "Idempotency-Key": `${store.revision}-${store.judged.plan}` });
      part("publication").close();
      store.take(await store.ask("GET"));
      ed.selected([]);
      told("saved");
      toast(say(done.added + done.changed + done.removed < meant ? "stayed" : "done", { n: done.version }));
    } catch (error) {
      if (error.code === "plan_changed") {
        const draft = await store.ask("GET"); // the plan changed under the drawing: its differences are others now
        if (draft.revision === store.revision) store.judge(draft);
        panel.difference();
      }
      panel.refusePublication(error.status ? error.message : words.offline);
    }
  }

  function choose(tool) {
    ed.tool = tool;
    for (const button of root.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === tool);
    root.dataset.drawing = tool;
    hint(words[`hint-${tool}`] ?? "");
    for (const extra of ed.extras) if (store.size) extra.draw();
  }

  function told(what, why = "") {
    const state = what === "saved" && !store.revision ? (store.booths.length ? "clean" : "blank") : what;
    part("conflict").hidden = !store.conflict;
    if (words[state] && state !== "changed") part("state").textContent = say(state, { why });
    part("state").dataset.state = state;
    part("discard").hidden = !store.revision;
    if (seen) seen.value = store.revision;
    root.querySelector('[data-act="publish"]').disabled = ["offline", "signed-out", "refused", "conflict"].includes(state);
    if (what === "saved") ed.faulty = new Set(store.faults.map(([one]) => one.id));
    const here = new Set(store.items.map((one) => one.id));
    ed.selection = new Set([...ed.selection].filter((id) => here.has(id)));
    if (what !== "saving" && store.size) board.draw();
    if (what === "saved") panel.faults();
    if (what !== "saving" && !panel.busy) panel.show();
  }

  function nextBooth(back) {
    const all = store.booths;
    if (!all.length) return;
    const at = all.findIndex((one) => ed.selection.has(one.id));
    const one = all[(at + (back ? -1 : 1) + all.length) % all.length];
    ed.selected([one.id]);
    board.bring(one);
  }

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool], [data-act]");
    if (button?.dataset.tool) choose(button.dataset.tool);
    else if (button) acts[button.dataset.act](event);
  });
  part("grid").addEventListener("change", ({ target }) => (ed.grid = Number(target.value)));
  addEventListener("keyup", ({ key }) => key === " " && (board.panning = false));
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog[open], summary")) return;
    const { key } = event;
    const command = event.ctrlKey || event.metaKey;
    const onBoard = event.target === board.svg || event.target === document.body;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (!command && ed.extras.some((extra) => extra.key(event, onBoard))) return void event.preventDefault();
    const commands = { z: event.shiftKey ? "redo" : "undo", y: "redo", d: "duplicate" };
    if (command && key.toLowerCase() === "a") ed.selected(store.items.filter((one) => one.kind !== "entrance").map((one) => one.id));
    else if (command && commands[key.toLowerCase()]) acts[commands[key.toLowerCase()]]();
    else if (command || !onBoard) return;
    else if (step && ed.movable().length) nudge(step, event.altKey ? 10 : event.shiftKey ? 5 * ed.grid : ed.grid);
    else if (event.altKey) return;
    else if (key === "Enter" && ed.tool !== "select") ed.drawn(null, board.middle());
    else if (key === "Delete" || key === "Backspace") acts.remove();
    else if (key === "Escape") (choose("select"), ed.selected([]));
    else if (key.toLowerCase() === "n") nextBooth(event.shiftKey);
    else if (key === " ") board.panning = true;
    else if (key.toLowerCase() === "r") acts.turn();
    else if (KEYS[key.toLowerCase()]) choose(KEYS[key.toLowerCase()]);
    else return;
    event.preventDefault();
  });

  function nudge([across, down], far) {
    const left = Math.min(...ed.movable().map((one) => one.x_cm));
    const top = Math.min(...ed.movable().map((one) => one.y_cm));
    ed.moved(Math.max(-left, across * far), Math.max(-top, down * far));
  }
  addEventListener("beforeunload", (event) => store.dirty && event.preventDefault());

  seen?.form.addEventListener("submit", () => store.forget());
  choose("select");
  store.open().then(() => {
    board.fit();
    told(store.dirty ? "changed" : "saved");
  }, (error) => told(stateOf(error), error.message));
}
