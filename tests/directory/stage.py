"""The profiles' stage: Ema and Cleo keep Gốm Chi's, Rita her own; photographs as phones send them."""

import io
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from PIL import Image

from app import clock
from app.audit import Actor
from app.db import db, retrying
from app.directory.editing import Said, Thing, add_item, change_item, keep_profile
from app.directory.models import ItemKind
from app.directory.pictures import keep_picture, prepared
from app.fairs.models import Fair
from tests.support.cast import Cast, let_booth

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TEA = Thing(name="Ấm chén men lam", name_en="Blue tea set", category="ceramics")
GPS, ORIENTATION, MAKER = 0x8825, 0x0112, 0x010F


def photograph(width: int = 80, height: int = 40, turned: bool = True, colour: str = "red") -> bytes:
    """A JPEG that was taken upright: its left half is white, and the camera says where it stood."""
    picture = Image.new("RGB", (width, height), colour)
    picture.paste("white", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[MAKER] = "Hàng Trống 9"
    if turned:
        exif[ORIENTATION] = 6  # turn by 90° clockwise to see it upright
    exif.get_ifd(GPS).update({1: "N", 2: (21.0, 1.0, 42.0), 3: "E", 4: (105.0, 51.0, 12.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


class Shelf:
    """Acts for the cast: `shelf.keep(…)` saves Gốm Chi's profile, each in a transaction of its own."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast = app, cast

    def __call__(self, work: Callable[[Fair], Any]) -> Any:
        with self.app.app_context():
            try:
                return retrying(lambda: work(db.session.get_one(Fair, self.cast.fair.id)))
            finally:
                db.session.remove()

    def actor(self, who: str = "ema") -> Actor:
        person = getattr(self.cast, who)
        return Actor("person", person.id, person.name)

    def keep(self, seen: int = 0, who: str = "ema", exhibitor_id: int | None = None, **said: Any) -> Any:
        whose = exhibitor_id or self.cast.exhibitor.id
        return self(lambda fair: keep_profile(self.actor(who), fair, whose, seen, Said(**said), clock.now()))

    def add(self, thing: Thing = TEA, key: str = "k1", kind: str = "product", exhibitor_id: int | None = None) -> Any:
        whose = exhibitor_id or self.cast.exhibitor.id
        return self(lambda fair: add_item(self.actor(), fair, whose, ItemKind(kind), key, thing, clock.now()))

    def change(self, item_id: int, seen: int, thing: Thing, who: str = "ema") -> Any:
        whose = self.cast.exhibitor.id
        return self(lambda fair: change_item(self.actor(who), fair, whose, item_id, seen, thing, clock.now()))

    def picture(self, content: bytes | None = None, exhibitor_id: int | None = None) -> Any:
        made, whose = prepared(content or photograph()), exhibitor_id or self.cast.exhibitor.id
        return self(lambda fair: keep_picture(fair.id, whose, made, clock.now()))

    def let(self, number: str, rival: bool = False) -> None:
        with self.app.app_context():
            let_booth(self.cast.rival if rival else self.cast.exhibitor, number)

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        """What each came to, or the refusal that it met, when all begin in the same moment."""
        start, results = threading.Barrier(len(works)), [None] * len(works)

        def run(n: int, work: Callable[[], Any]) -> None:
            start.wait()
            try:
                results[n] = work()
            except Exception as error:
                results[n] = error  # type: ignore[call-overload]

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results
