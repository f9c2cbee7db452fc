"""The fair's printed catalogue: asked for by the organiser, made by a sweep in a process of its own, then kept."""

from datetime import datetime, timedelta

from flask import current_app, g
from flask_babel import force_locale
from sqlalchemy import ColumnElement, and_, or_, select, update

from app import clock
from app.audit import Actor, record
from app.db import after_commit, db, transaction
from app.directory.catalogue_pages import catalogue_html
from app.directory.errors import CatalogueAtWork
from app.directory.models import Catalogue, CatalogueState
from app.documents import store
from app.documents.pdf_apart import pdf_apart
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n import LOCALES
from app.i18n_marks import N_
from app.jobs import hurry, sweep

ARRANGED = {"category": N_("By goods"), "hall": N_("By hall and booth")}
CHOOSE = N_("Choose how the entries are arranged.")
LANGUAGE = N_("Choose Vietnamese or English.")
GIVEN_UP_AFTER = timedelta(minutes=15)  # whoever was making it is gone


def ask_catalogue(actor: Actor, fair: Fair, locale: str, arranged: str, now: datetime) -> Catalogue:
    """Have a catalogue made. One at a time of a language and an order. Raises FieldErrors, CatalogueAtWork."""
    wrong = {"arranged": "" if arranged in ARRANGED else CHOOSE, "language": "" if locale in LOCALES else LANGUAGE}
    if any(wrong.values()):
        raise FieldErrors({name: fault for name, fault in wrong.items() if fault})
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update(key_share=True))
    at_work = select(Catalogue.id).where(
        Catalogue.fair_id == fair.id, Catalogue.locale == locale, Catalogue.arranged == arranged,
        Catalogue.state.in_((CatalogueState.WAITING, CatalogueState.MAKING)),
    )  # fmt: skip
    if db.session.scalar(at_work) is not None:
        raise CatalogueAtWork()
    asked = Catalogue(
        fair_id=fair.id, locale=locale, arranged=arranged, state=CatalogueState.WAITING.value, asked_at=now,
        asked_by=actor.name,
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    record(actor, "catalogue.asked", "fair", fair.id, fair.id, language=locale, arranged=arranged)
    after_commit(hurry, current_app._get_current_object(), "make_catalogues")  # type: ignore[attr-defined]
    return asked


def catalogues_of(fair_id: int) -> list[tuple[Catalogue, store.Document | None]]:
    """What was asked for, the latest first, with the PDF where it is made."""
    rows = db.session.execute(
        select(Catalogue, store.Document)
        .outerjoin(store.Document, store.Document.id == Catalogue.document_id)
        .where(Catalogue.fair_id == fair_id)
        .order_by(Catalogue.id.desc())
        .limit(20)
    )
    return [(one, document) for one, document in rows]


def catalogue_document(fair_id: int, catalogue_id: int) -> store.Document:
    """A catalogue that is made. Raises NotFound."""
    document = db.session.scalar(
        select(store.Document)
        .join(Catalogue, Catalogue.document_id == store.Document.id)
        .where(Catalogue.id == catalogue_id, Catalogue.fair_id == fair_id)
    )
    if document is None:
        raise NotFound()
    return document


@sweep
def make_catalogues() -> None:
    """Make what waits, one after the other; what somebody began and never finished is begun again."""
    waiting = select(Catalogue.id).where(_to_be_made(clock.now())).order_by(Catalogue.id).limit(10)
    ids = list(db.session.scalars(waiting))
    db.session.commit()
    for catalogue_id in ids:
        now = clock.now()
        with transaction():
            begun = db.session.execute(
                update(Catalogue)
                .where(Catalogue.id == catalogue_id, _to_be_made(now))
                .values(state=CatalogueState.MAKING, begun_at=now)
                .execution_options(synchronize_session=False)
            )
        if begun.rowcount:  # type: ignore[attr-defined]
            _make(catalogue_id, now)


def _to_be_made(now: datetime) -> ColumnElement[bool]:
    given_up = and_(Catalogue.state == CatalogueState.MAKING, Catalogue.begun_at < now - GIVEN_UP_AFTER)
    return or_(Catalogue.state == CatalogueState.WAITING, given_up)


def _make(catalogue_id: int, begun_at: datetime) -> None:
    """The PDF, kept by who began it; a failure is written down, so that the page says so."""
    asked = db.session.get_one(Catalogue, catalogue_id, populate_existing=True)
    fair = db.session.get_one(Fair, asked.fair_id)
    locale, arranged = asked.locale, asked.arranged
    try:
        with current_app.test_request_context(base_url=current_app.config["FAIR_PUBLIC_URL"]), force_locale(locale):
            g.fair = fair
            html, entries = catalogue_html(fair, arranged, begun_at)
        db.session.commit()  # no connection is held while the PDF is made
        data = pdf_apart(html)
    except Exception:
        current_app.logger.exception("catalogue %s cannot be made", catalogue_id)
        db.session.rollback()
        with transaction():
            _finish(catalogue_id, begun_at, state=CatalogueState.FAILED)
        return
    with transaction():
        name = f"catalogue-{fair.slug}-{locale}-{arranged}.pdf"
        document = store.put(fair.id, "catalogue", name, "application/pdf", data)
        _finish(catalogue_id, begun_at, state=CatalogueState.DONE, document_id=document.id, entries=entries)


def _finish(catalogue_id: int, begun_at: datetime, **values: object) -> None:
    db.session.execute(
        update(Catalogue)
        .where(Catalogue.id == catalogue_id, Catalogue.state == CatalogueState.MAKING, Catalogue.begun_at == begun_at)
        .values(done_at=clock.now(), **values)
        .execution_options(synchronize_session=False)
    )
