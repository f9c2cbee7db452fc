"""A booth's floor on a plan, be it a rectangle or a shape of its own; one unit is ten centimetres."""

from app.booths.models import Booth
from app.booths.outline import inset, outline_of, path_of, room_in

EDGE, FRAME = 0.8, 3.6  # units between a booth's edge and what is drawn of it, and the frame around one's own


def floor_of(booth: Booth, name: str, fill: str = "", within: float = EDGE) -> str:
    """Its floor as an element of that class."""
    outline = outline_of(booth.outline)
    if outline:
        return f'<path class="{name}" d="{path_of(inset(outline, within * 10))}"{fill}/>'
    x, y, w, h = (cm / 10 for cm in (booth.x_cm, booth.y_cm, booth.width_cm, booth.depth_cm))
    return (
        f'<rect class="{name}" x="{x + within:g}" y="{y + within:g}" width="{w - 2 * within:g}" '
        f'height="{h - 2 * within:g}"{fill}/>'
    )


def words_at(booth: Booth) -> tuple[float, float, float, float]:
    """The upright rectangle in which number and name stand: x, y, width, depth."""
    outline = outline_of(booth.outline)
    box = room_in(outline) if outline else (booth.x_cm, booth.y_cm, booth.width_cm, booth.depth_cm)
    x, y, w, h = (round(cm / 10, 2) for cm in box)
    return x, y, w, h
