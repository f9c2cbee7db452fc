"""What exhibitors are told of their tasks by mail: one letter to a company, in its own language."""

from typing import Any

from app.fairs.letters import address_of
from app.fairs.models import Exhibitor, Fair
from app.mail import queue_mail
from app.tasks.models import Task
from app.tasks.standing import Asked


def tell_sent_back(fair: Fair, exhibitor: Exhibitor, tasks: list[Task], reason: str) -> None:
    address = address_of(exhibitor)
    if address:
        context = {"name": _called(exhibitor), "reason": reason, "tasks": [_named(task) for task in tasks]}
        queue_mail(address, "task_sent_back", exhibitor.locale, fair.id, context)


def tell_deadlines(fair: Fair, exhibitor: Exhibitor, address: str, asked: list[Asked]) -> None:
    """Everything that is to do, in the order of deadlines; what is late comes first by itself."""
    tasks = [_named(one.task) | {"late": one.days_left < 0} for one in asked]
    late = sum(one.days_left < 0 for one in asked)
    context = {"name": _called(exhibitor), "tasks": tasks, "late": late}
    queue_mail(address, "task_reminder", exhibitor.locale, fair.id, context)


def _called(exhibitor: Exhibitor) -> str:
    return exhibitor.representative or exhibitor.name


def _named(task: Task) -> dict[str, Any]:
    return {"id": task.id, "title": task.title, "title_en": task.title_en, "due_on": task.due_on.isoformat()}
