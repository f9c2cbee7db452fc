"""The plan on paper: true to scale, every number readable, the index in the product's order, prices for staff alone."""

import io
import re
from typing import Any

import pypdfium2
import pytest
from flask import Flask

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.booths.models import BoothState
from app.booths.plan_paper_svg import fitted
from app.booths.plan_sheet import PAPERS, Entry, Listing, sheet_for, text_width
from app.db import db, transaction
from app.fairs.models import Approval, Exhibitor, Fair
from app.search import fold
from tests.conftest import Client
from tests.support.market import Market

PRINT = "/fairs/test-fair/plan.pdf"
MM = 72 / 25.4


@pytest.fixture
def let(app: Flask, market: Market) -> Market:
    """A03 and A04 are let to a company with Vietnamese letters, A05 to one whose name comes before it in the index."""
    with app.app_context(), transaction():
        ema, rita = (db.session.get_one(Exhibitor, one.id) for one in (market.cast.exhibitor, market.cast.rival))
        ema.name, rita.name = "Hộ kinh doanh Đặng Thuỳ Hương", "Cơ sở Mây tre Ỷ Lan"
        for one in (ema, rita):
            one.folded = fold(one.name)
        guest = Exhibitor(
            fair_id=ema.fair_id, kind="co", main_id=ema.id, name="Đồng trưng bày Ong", folded="dong trung bay ong",
            country="VN", created_at=ema.created_at,
        )  # fmt: skip
        waiting = Exhibitor(
            fair_id=ema.fair_id, kind="co", main_id=ema.id, name="Chưa duyệt", folded="chua duyet", country="VN",
            approval=Approval.REQUESTED, created_at=ema.created_at,
        )  # fmt: skip
        db.session.add_all([guest, waiting])
        booths = market.booths(["A03", "A04", "A05"])
        for number, holder in (("A03", ema), ("A04", ema), ("A05", rita)):
            booths[number].state, booths[number].exhibitor_id = BoothState.LET, holder.id
    return market


def pages(data: bytes) -> list[tuple[float, float, str]]:
    """Width and height in millimetres, and the text, of each page."""
    with pypdfium2.PdfDocument(io.BytesIO(data)) as document:
        return [
            (page.get_width() / MM, page.get_height() / MM, page.get_textpage().get_text_range()) for page in document
        ]


@pytest.mark.parametrize("paper", PAPERS)
def test_each_paper_has_its_size_its_scale_and_every_number(let: Market, client: Client, paper: str) -> None:
    answer = client.get(PRINT, query_string={"paper": paper, "lang": "vi"})
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    found = pages(answer.data)
    short, long = PAPERS[paper]
    assert found[0][:2] == pytest.approx((long, short), abs=0.2), "a wide hall lies across"
    assert {f"A{n:02}" for n in range(1, 21)} <= set(re.findall(r"\bA\d\d\b", found[0][2]))
    assert re.search(rf"Tỷ lệ 1:\d+ trên giấy {paper}", found[0][2])
    assert "Hội chợ thử" in found[0][2] and "12 – 15.12.2019" in found[0][2] and "07.10.2019" in found[0][2]
    index = found[0][2] if paper in ("A2", "A1", "A0") else found[1][2]
    assert len(found) == (1 if paper in ("A2", "A1", "A0") else 2)
    said = " ".join(index.split())
    assert "Chưa duyệt" not in said, "who waits for the organiser's answer is nobody's to read"
    places = [
        said.index(name) for name in ("Mây tre Ỷ Lan A05", "Đồng trưng bày Ong A03, A04", "Đặng Thuỳ Hương A03, A04")
    ]
    assert places == sorted(places), "in the order of the folded names, guests on their host's booths"


def test_the_plan_is_as_large_as_its_scale_says(let: Market, client: Client) -> None:
    """The rule of the scale bar and the booths are measured in the picture: 3 m at 1:75 are 40 mm."""
    units = (428.0, 252.0)  # a hall of 40 × 20 m with its margins
    sheet = sheet_for("A2", units, 70, [])
    assert (sheet.plan_width, sheet.plan_height) == pytest.approx(
        (units[0] * 100 / sheet.scale, units[1] * 100 / sheet.scale)
    )
    assert sheet.plan_width <= sheet.width - 12 and sheet.plan_height + sheet.head + sheet.foot <= sheet.height - 12
    metres, length = sheet.bar
    assert length == pytest.approx(metres * 1000 / sheet.scale)
    data = client.get(PRINT, query_string={"paper": "A2"}).data
    with pypdfium2.PdfDocument(io.BytesIO(data)) as document:
        text = document[0].get_textpage()
        scale = int(re.search(r"1:(\d+)", text.get_text_range())[1])  # type: ignore[index]

        def middle(number: str) -> float:
            at = text.search(number).get_next()
            assert at is not None
            first, last = (text.get_charbox(n) for n in (at[0], at[0] + at[1] - 1))
            return float(first[0] + last[2]) / 2 / MM

        apart = middle("A11") - middle("A09")
    assert apart == pytest.approx(3000 / scale, abs=0.6), "neighbours are three metres apart"


def test_a_high_hall_stands_upright_and_an_index_never_runs_out_of_the_sheet() -> None:
    assert sheet_for("A3", (250.0, 600.0), 70, []).width < sheet_for("A3", (250.0, 600.0), 70, []).height
    entries = [Entry(f"Công ty TNHH Thủ công mỹ nghệ Đặng Thuỳ Hương {n}", "A01, A02, A03") for n in range(316)]
    for paper in ("A2", "A1", "A0"):
        sheet = sheet_for(paper, (1018.0, 642.0), 400, [Listing("Đơn vị trưng bày", entries)])
        listed = [entry for _x, _y, part in sheet.columns for one in part for entry in one.entries]
        assert listed == entries if sheet.columns else not listed
        for x, y, part in sheet.columns:
            lines = sum((2.6 / 1.32 if one.heading else 0) + sum(e.lines() for e in one.entries) for one in part)
            assert x + sheet.column_width <= sheet.width - 12 + 0.01
            assert y + lines * sheet.index_letter * 1.32 <= sheet.height - 12 - sheet.foot + 0.01


def test_names_fit_or_are_left_out() -> None:
    for width, height in ((27.0, 17.0), (57.0, 17.0), (87.0, 26.0)):
        for name in ("Gốm Chi", "Doanh nghiệp tư nhân Dệt thổ cẩm Việt Mỹ", "W" * 60, ""):
            size, lines = fitted(name, width, height, 2.0, 6.0)
            assert all(text_width(line) * size <= width for line in lines) and len(lines) * size * 1.2 <= height
            assert not lines or " ".join(lines) == name


def test_prices_and_free_booths_are_the_organisers(let: Market, client: Client) -> None:
    public = " ".join(text for _w, _h, text in pages(client.get(PRINT, query_string={"paper": "A1"}).data))
    assert "₫" not in public and "Gian còn trống" not in public
    client.sign_in(let.cast.fin)
    own = client.get("/fairs/test-fair/organise/plan.pdf", query_string={"paper": "A1"})
    said = " ".join(" ".join(text for _w, _h, text in pages(own.data)).split())
    assert "Gian còn trống" in said and "15.840.000" in said and "A06 · 9 m²" in said.replace("\xa0", " ")
    client.sign_in(let.cast.ema)
    assert client.get("/fairs/test-fair/organise/plan.pdf").status_code == 403


def test_what_is_asked_wrongly_is_said(app: Flask, let: Market, client: Client) -> None:
    wrong = client.get(PRINT, query_string={"paper": "A7"}, headers={"Accept": "application/json"})
    assert wrong.status_code == 422 and "A4, A3, A2, A1" in wrong.text
    assert client.get(PRINT, query_string={"hall": "Z"}).status_code == 404
    with app.app_context(), transaction():
        db.session.get_one(Fair, let.cast.fair.id).published_at = None
    assert client.get(PRINT).status_code == 404


def test_colours_print_with_their_legend(let: Market, client: Client) -> None:
    for view, words in (("price", "15.840.000"), ("zone", "Mây tre đan"), ("province", "01")):
        [first, *_rest] = pages(client.get(PRINT, query_string={"view": view, "paper": "A3"}).data)
        assert words in first[2].replace("\xa0", " "), view


def test_programs_print_a_hall_and_prices_only_for_staff(
    app: Flask, let: Market, client: Client, statements: Any
) -> None:
    path = f"/api/v1/fairs/test-fair/halls/{let.cast.hall.id}/plan.pdf"
    with statements() as seen:
        answer = client.get(path, query_string={"paper": "A4"})
    assert answer.mimetype == "application/pdf" and len(pages(answer.data)) == 2
    assert len(seen) <= 15
    assert client.get("/api/v1/fairs/test-fair/halls/999/plan.pdf").status_code == 404
    assert client.get(path, query_string={"prices": "1"}).status_code == 403
    with app.app_context(), transaction():
        token = create_token(SYSTEM, let.cast.fair.id, "finance")
    staff = client.get(path, query_string={"prices": "1"}, headers={"Authorization": f"Bearer {token}"})
    assert "₫" in " ".join(text for _w, _h, text in pages(staff.data))


def test_the_same_sheet_is_made_once_a_minute(let: Market, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    from app.booths import printing

    monkeypatch.setattr(printing, "pdf_of", lambda html: made.append(html) or b"%PDF")
    monkeypatch.setattr(printing, "_kept", type(printing._kept)())
    for _n in range(3):
        assert client.get(PRINT, query_string={"paper": "A4"}).data == b"%PDF"
    assert len(made) == 1
    client.get(PRINT, query_string={"paper": "A4", "lang": "en"})
    assert len(made) == 2, "in the other language it is another sheet"
