"""What the lists of answers show: many by a filter, or one company's whole. Reads only."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db import db
from app.documents.store import Document
from app.errors import NotFound
from app.fairs.models import Exhibitor, Fair
from app.formats import language, local_name
from app.search import words
from app.tasks.keeping import task_of
from app.tasks.models import TaskAnswer, TaskAnswerRevision
from app.tasks.standing import Asked, Company, answers_of_retired, companies_of


@dataclass(frozen=True)
class Shown:
    """A row of the list: the booths of the company, and how it stands with one task."""

    numbers: list[str]
    asked: Asked


@dataclass(frozen=True)
class CompanyPage:
    company: Company
    earlier: dict[int, list[tuple[TaskAnswerRevision, Document | None]]]  # by the answer's id, the last first


def listed_companies(fair: Fair, now: datetime) -> list[Company]:
    """companies_of in the order in which the reader sees their names."""
    found = companies_of(fair, now)
    return found if language() == "vi" else sorted(found, key=lambda one: local_name(one.exhibitor).lower())


def shown_answers(
    fair: Fair, now: datetime, task: int | None = None, state: str = "", kind: str = "", q: str = ""
) -> list[Shown]:
    """By company, then in the tasks' order; of a retired task what was answered."""
    searched = words(q)
    companies = [
        one for one in listed_companies(fair, now) if one.is_called(searched) and (not kind or kind in one.kinds)
    ]
    retired = task_of(fair.id, task, retired=True) if task else None
    if retired is not None and retired.retired_at is not None:
        numbers = {one.exhibitor.id: one.numbers for one in companies}
        found = answers_of_retired(fair, retired, now)
        kept = [one for one in found if one.exhibitor.id in numbers or not (searched or kind)]
        shown = [Shown(numbers.get(one.exhibitor.id, []), one) for one in kept]
    else:
        shown = [Shown(company.numbers, one) for company in companies for one in company.asked.values()]
    return [
        one for one in shown if (not task or one.asked.task.id == task) and (not state or one.asked.standing == state)
    ]


def company_page(fair: Fair, exhibitor_id: int, now: datetime) -> CompanyPage:
    """One company with each of its tasks and what it sent before; NotFound where there is none."""
    found = companies_of(fair, now, [exhibitor_id])
    if not found:
        exhibitor = db.session.get(Exhibitor, exhibitor_id)
        if exhibitor is None or exhibitor.fair_id != fair.id:
            raise NotFound()
        found = [Company(exhibitor)]
    return CompanyPage(found[0], earlier_of(fair, found))


def earlier_of(fair: Fair, companies: list[Company]) -> dict[int, list[tuple[TaskAnswerRevision, Document | None]]]:
    """What these companies sent before the answers that stand, by the answer's id."""
    rows = (
        select(TaskAnswerRevision, Document)
        .join(TaskAnswer, TaskAnswer.id == TaskAnswerRevision.answer_id)
        .outerjoin(Document, Document.id == TaskAnswerRevision.document_id)
        .where(
            TaskAnswerRevision.fair_id == fair.id,
            TaskAnswerRevision.revision < TaskAnswer.revision,
            TaskAnswer.exhibitor_id.in_([one.exhibitor.id for one in companies]),
        )
        .order_by(TaskAnswerRevision.revision.desc())
    )
    earlier: dict[int, list[tuple[TaskAnswerRevision, Document | None]]] = defaultdict(list)
    for revision, document in db.session.execute(rows):
        earlier[revision.answer_id].append((revision, document))
    return dict(earlier)


def document_of(fair: Fair, answer_id: int, revision: int, exhibitor_ids: Collection[int] | None) -> Document:
    """The file of an answer's revision, for one of these exhibitors (None: for the organiser); else NotFound."""
    wanted = (
        select(Document)
        .join(TaskAnswerRevision, TaskAnswerRevision.document_id == Document.id)
        .join(TaskAnswer, TaskAnswer.id == TaskAnswerRevision.answer_id)
        .where(TaskAnswer.fair_id == fair.id, TaskAnswer.id == answer_id, TaskAnswerRevision.revision == revision)
    )
    if exhibitor_ids is not None:
        wanted = wanted.where(TaskAnswer.exhibitor_id.in_(exhibitor_ids))
    document = db.session.scalar(wanted)
    if document is None:
        raise NotFound()
    return document
