// The tool "Shape": a booth drawn corner by corner, with the pointer or by keys.

import { meets } from "./drawing_corners.js";
import { cornerAt, MOST, shaped } from "./drawing_shapes.js";

export function shapeTool(ed, board, { draw, tell }) {
  const { store } = ed;
  Object.assign(ed, { pending: [], cursor: null });
  const changed = (words = "") => {
    board.frame();
    tell(words);
  };

  const tool = {
    begin() {
      Object.assign(ed, { pending: [], cursor: null });
      changed();
    },

    /** The pointer is there; nothing is set yet. */
    hover(x, y, free) {
      ed.cursor = cornerAt(x, y, free ? [] : [...store.booths, { outline: ed.pending.slice(0, 1) }], free ? 1 : ed.grid, 12 * board.scale);
      board.frame();
    },

    /** A corner where the cursor is; on the first one the shape is closed. */
    put() {
      if (!ed.cursor) return;
      if (ed.pending.length > 2 && meets(ed.pending[0], ed.cursor, board.scale)) return void tool.close();
      const last = ed.pending.at(-1);
      if (last && last[0] === ed.cursor[0] && last[1] === ed.cursor[1]) return;
      if (ed.pending.length >= MOST) return void changed(ed.words.corners_most);
      ed.pending = [...ed.pending, ed.cursor];
      changed();
    },

    close() {
      if (ed.pending.length < 3) return void changed(ed.words.corners_least);
      const corners = ed.pending;
      Object.assign(ed, { pending: [], cursor: null });
      draw(shaped({}, corners));
    },

    /** Takes the last corner back; false where there was none. */
    back() {
      if (!ed.pending.length) return false;
      ed.pending = ed.pending.slice(0, -1);
      changed();
      return true;
    },

    /** Whether the key was one of this tool's. */
    key(event, step) {
      const { x, y } = board.middle();
      if (step || event.key === " ") ed.cursor ??= cornerAt(x, y, [], ed.grid, 0); // who draws by keys begins in the middle
      if (step) {
        const far = event.altKey ? 10 : event.shiftKey ? 5 * ed.grid : ed.grid;
        ed.cursor = [0, 1].map((axis) => Math.max(0, ed.cursor[axis] + step[axis] * far));
        board.bring({ x_cm: ed.cursor[0], y_cm: ed.cursor[1], width_cm: 0, depth_cm: 0 });
        changed();
      } else if (event.key === " ") tool.put();
      else if (event.key === "Enter") tool.close();
      else if (event.key === "Escape" || event.key === "Backspace") return tool.back();
      else return false;
      return true;
    },
  };
  return tool;
}
