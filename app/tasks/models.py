"""The exhibitor's manual as tasks: what is asked of exhibitors until when, what they answered, and who was reminded."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Asks(StrEnum):
    """What an answer consists of."""

    CONFIRM = "confirm"  # a tick: read, or done
    TEXT = "text"  # of at most `longest` characters
    FILE = "file"  # PDF, PNG or JPEG
    CHOICE = "choice"  # one of `options`


class AnswerState(StrEnum):
    SENT = "sent"  # waits for the organiser
    SENT_BACK = "sent_back"  # the organiser wants another one, and said why
    DONE = "done"  # accepted, or nobody has to accept it


class Task(db.Model):
    """Something that a fair asks of its exhibitors with a let booth, until the end of a day at the fair."""

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("fair_id", "code"), Index("ix_task_fair_id", "fair_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    code: Mapped[str | None] = mapped_column(String(20))  # of the usual tasks: each is taken once
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    about: Mapped[str] = mapped_column(Text, default="")  # plain text with line breaks
    about_en: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date]
    dated_at: Mapped[datetime]  # when this deadline was set: reminders of earlier moments do not go out
    asks: Mapped[str] = mapped_column(String(10))
    longest: Mapped[int | None]  # characters of a text
    options: Mapped[list[Any]] = mapped_column(default=list)  # [{"name", "name_en"}]
    must_accept: Mapped[bool] = mapped_column(default=False)
    booth_kinds: Mapped[list[Any]] = mapped_column(default=list)  # row, corner, island, pavilion; none: of every kind
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]  # asked of nobody any more, kept for its answers


class TaskAnswer(db.Model):
    """An exhibitor's answer to a task as it stands. Earlier ones are its revisions."""

    __tablename__ = "task_answer"
    __table_args__ = (
        UniqueConstraint("fair_id", "task_id", "exhibitor_id"),
        Index("ix_task_answer_fair_id_state", "fair_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    state: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int]  # counts what was sent, from 1: who answers says which one was seen
    text: Mapped[str] = mapped_column(Text, default="")  # of a choice: the option's name
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(120), default="")
    answered_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was sent back
    decided_at: Mapped[datetime | None]  # accepted, or sent back


class TaskAnswerRevision(db.Model):
    """One answer as it was sent, and what the organiser said to it."""

    __tablename__ = "task_answer_revision"
    __table_args__ = (UniqueConstraint("fair_id", "answer_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("task_answer.id"))
    revision: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(120), default="")
    answered_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")


class TaskReminder(db.Model):
    """An exhibitor was reminded of a task's deadline, so many days before it: -1 is the day after. Never twice."""

    __tablename__ = "task_reminder"
    __table_args__ = (UniqueConstraint("fair_id", "exhibitor_id", "task_id", "due_on", "days_before"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    due_on: Mapped[date]
    days_before: Mapped[int]
    sent_at: Mapped[datetime]


class TaskRule(db.Model):
    """How a fair reminds its exhibitors, where it is not as usual."""

    __tablename__ = "task_rule"
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    days_before: Mapped[list[Any]]  # whole days before the deadline, the most first
