"""Why a task cannot be answered, changed or decided."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class AnsweredMeanwhile(DomainError):
    """Somebody of the same company sent an answer after the page was opened; `revision` is the one that stands."""

    code: ClassVar[str] = "answered_meanwhile"
    message: ClassVar[str] = N_(
        "A colleague answered meanwhile. Read that answer; if yours shall stand instead, send it again."
    )
    extra: ClassVar[tuple[str, ...]] = ("revision",)


class AnswerFixed(DomainError):
    """Accepted, or past the deadline: only the organiser opens it again, by sending it back."""

    code: ClassVar[str] = "answer_fixed"
    message: ClassVar[str] = N_(
        "This answer is final: it was accepted, or its deadline has passed. Ask the organiser to send it back to you."
    )


class TaskChanged(DomainError):
    """The way of answering changed after the page was opened."""

    code: ClassVar[str] = "task_changed"
    message: ClassVar[str] = N_("The organiser asks for something else now. Read the task again, then answer.")


class TaskHasAnswers(DomainError):
    code: ClassVar[str] = "task_has_answers"
    message: ClassVar[str] = N_(
        "This task has answers, so it goes on asking for the same kind of thing. Make a new task for the other."
    )
