"""One person for each role, with passwords that are random for each data folder and kept where only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from app.errors import DomainError
from app.i18n_marks import N_

FILE = "demo-sign-ins.json"


@dataclass(frozen=True)
class DemoAccount:
    """Somebody of the demonstration: `role` as in app/access.py."""

    role: str
    email: str
    name: str
    locale: str = "vi"


ACCOUNTS = (
    DemoAccount("owner", "organiser@example.com", "Nguyễn Thị Thu Hà"),
    DemoAccount("sales", "sales@example.com", "Trần Minh Khoa"),
    DemoAccount("finance", "finance@example.com", "Lê Thị Bích Ngân"),
    DemoAccount("gate", "gate@example.com", "Phạm Gia Bảo"),
    DemoAccount("deals", "deals@example.com", "Đặng Thuỳ Linh"),
    DemoAccount("exhibitor", "exhibitor@example.com", "Nguyễn Đặng Thuỳ Hương"),
    DemoAccount("buyer", "buyer@example.com", "Haruka Sato", "en"),
)


class BeyondLoopback(DomainError):
    code = "demo_beyond_loopback"
    status = 409
    message = N_("The demonstration's accounts serve this machine only. Start with --empty to serve a network.")


def require_loopback() -> None:
    """Raises BeyondLoopback where others could reach the demonstration's well-known addresses."""
    if not current_app.config["FAIR_ON_LOOPBACK"]:
        raise BeyondLoopback()


def new_passwords() -> dict[str, str]:
    """A password for each role, written to the data folder with mode 0600 so that each start can print them."""
    passwords = {account.role: secrets.token_urlsafe(9) for account in ACCOUNTS}
    path = _path()
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(passwords, file, indent=1)
    os.replace(partial, path)
    return passwords


def sign_ins() -> list[tuple[DemoAccount, str]]:
    """Each account with its password; empty where this data folder holds no demonstration."""
    if not _path().exists():
        return []
    passwords = json.loads(_path().read_text())
    return [(account, passwords[account.role]) for account in ACCOUNTS if account.role in passwords]


def _path() -> Path:
    return Path(current_app.config["FAIR_DATA_DIR"]) / FILE
