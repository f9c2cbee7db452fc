"""`holds`: 2,000 buyers want 650 booths, forty at once, until none is left. Nobody gets a booth that another has."""

import random

from sqlalchemy import insert

from app import clock
from app.db import transaction
from app.fairs.models import Exhibitor
from bench.frame import Bench, require, send, share
from bench.stage import Stage, stage

FAIR = "hanoi-next"
BUYERS, AT_ONCE = 2000, 40


def holds(bench: Bench) -> None:
    for kind in ("postgresql", "sqlite"):
        at = stage(kind)
        token = at.token(FAIR, "sales")
        fair_id = at.run("SELECT id FROM fair WHERE slug = :slug", slug=FAIR)[0].id
        exhibitors = _exhibitors(at, fair_id)
        booths = [
            row.number
            for row in at.run(
                "SELECT number FROM booth WHERE fair_id = :fair AND state = 'free' ORDER BY number", fair=fair_id
            )
        ]
        if bench.quick:
            booths = booths[:80]
        rates, p99 = [], []
        for _run in range(bench.runs):
            buyers = [[exhibitor, random.sample(booths, len(booths))] for exhibitor in exhibitors]
            with at.serving() as server:
                headers = {"Authorization": f"Bearer {token}"}
                path = f"/api/v1/fairs/{FAIR}/holds"
                plan = {"port": server.port, "connections": AT_ONCE, "headers": headers, "path": path}
                send(plan | {"booths": booths[:3], "buyers": [[who, booths[:3]] for who in exhibitors[:200]]})
                _put_back(at, fair_id)
                seen = send(plan | {"booths": booths, "buyers": buyers})
            require(not seen["odd"], f"answers other than 201 and 409: {seen['odd'][:1]}")
            require(not seen["left"], f"{len(seen['left'])} booths were left")
            won = [booth for _buyer, booth in seen["won"]]
            require(len(set(won)) == len(won), "a booth was given twice")
            live = at.run(
                "SELECT count(*) AS n, count(DISTINCT booth_id) AS d FROM allocation"
                " WHERE fair_id = :fair AND ended_at IS NULL",
                fair=fair_id,
            )[0]
            require((live.n, live.d) == (len(booths), len(booths)), f"{live.n} live rows for {live.d} booths")
            rates.append(len(seen["ms"]) / seen["seconds"])
            p99.append(share(seen["ms"], 99))
            _put_back(at, fair_id)
        case = f"{kind}, {len(booths)} booths, {BUYERS} buyers, {AT_ONCE} at once"
        bench.note(case, "claims tried", rates, "/s", at_least=500)
        bench.note(case, "p99", p99, "ms", at_most=250)
        bench.note(case, "given twice", [0], "", at_most=1)


def _exhibitors(at: Stage, fair_id: int) -> list[int]:
    """Two thousand exhibitors of the coming fair."""
    rows = [
        {
            "fair_id": fair_id, "name": f"Xưởng đo {n}", "folded": f"xuong do {n}", "country": "VN",
            "province": "ha-noi",
            "address": "Hà Nội", "representative": "Đo", "email": f"bench{n}@example.com", "created_at": clock.now(),
        }
        for n in range(BUYERS)
    ]  # fmt: skip
    with at.app.app_context(), transaction():
        from app.db import db

        return list(db.session.scalars(insert(Exhibitor).returning(Exhibitor.id), rows))


def _put_back(at: Stage, fair_id: int) -> None:
    at.run(
        "UPDATE booth SET state = 'free', held_until = NULL, hold_id = NULL, exhibitor_id = NULL WHERE fair_id = :fair",
        fair=fair_id,
    )
    at.run("DELETE FROM allocation WHERE fair_id = :fair", fair=fair_id)
    at.run("DELETE FROM hold WHERE fair_id = :fair", fair=fair_id)
