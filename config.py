"""Every setting once: its variable, unit, default, and whether it must be given."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    name: str
    default: str
    meaning: str


# fmt: off
SETTINGS = (
    Setting("FAIR_DATA_DIR", "instance", "Folder that holds all state: database, documents, keys, queue."),
    Setting("FAIR_DATABASE_URL", "", "SQLAlchemy URL, postgresql+psycopg://…; empty: SQLite in the data folder."),
    Setting("FAIR_JOBS_URL", "", "Queue of background work: redis://… or postgresql://…; empty: SQLite in the data folder."),
    Setting("FAIR_SECRET_KEY", "", "Signs sessions and links, seals badge keys; empty: made once, kept in the data folder."),
    Setting("FAIR_PORT", "8000", "Port that ./fair run serves on."),
    Setting("FAIR_HOST", "127.0.0.1", "Address that ./fair run serves on."),
    Setting("FAIR_TLS", "", "1: HTTPS by an authority of the data folder's own, for phones on the fair's network (what --tls sets)."),
    Setting("FAIR_PUBLIC_URL", "", "Address that people use, for links in mails; empty: this machine's, with PORT."),
    Setting("FAIR_PROXIES", "0", "How many web servers of yours stand in front, one behind the other, and name in X-Forwarded-… who asks."),
    Setting("FAIR_MAIL_URL", "", "smtp://[user:password@]host[:port] or smtps://…; empty: mails wait until it is set; a demonstration shows them at /mail."),
    Setting("FAIR_MAIL_FROM", "no-reply@phien.example", "Sender of mails."),
    Setting("FAIR_STRIPE_KEY", "", "Stripe's secret key; empty in a demonstration: the desk that plays Stripe."),
    Setting("FAIR_STRIPE_WEBHOOK_SECRET", "", "Secret that signs Stripe's webhooks."),
    Setting("FAIR_STRIPE_API_BASE", "", "Address of Stripe's API; empty: Stripe itself, or the desk in a demonstration."),
    Setting("FAIR_WORKERS", "", "Web processes; empty: 1 on SQLite (it must be 1 there), 3 on PostgreSQL."),
    Setting("FAIR_THREADS", "", "Threads a web process. An open live stream holds one; half of them do at most, strangers' a third. Empty: 300."),
    Setting("FAIR_STREAMS_PER_ADDRESS", "24", "Live streams a web process keeps open for strangers at one address (an office, a hall's Wi-Fi); more pages ask every 3 seconds."),
    Setting("FAIR_JOBS", "embedded", "embedded: background work runs inside the web process; separate: in `flask jobs`."),
    Setting("FAIR_UPLOAD_MB", "12", "Largest upload, in megabytes."),
    Setting("FAIR_CLOCK_OFFSET_SECONDS", "0", "Moves the clock, for rehearsals on this machine; refused beyond loopback."),
)
# fmt: on
THREADS = 300


def from_environment(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Flask's configuration out of the FAIR_… variables; `overrides` win (tests, commands)."""
    values: dict[str, Any] = {s.name: os.environ.get(s.name, "") or s.default for s in SETTINGS}
    values.update(overrides or {})
    data_dir = Path(values["FAIR_DATA_DIR"]).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    port = values["FAIR_PORT"]
    _require_known_database(values["FAIR_DATABASE_URL"])
    secret = values["FAIR_SECRET_KEY"] or _kept_secret(data_dir)
    database = values["FAIR_DATABASE_URL"] or f"sqlite:///{data_dir / 'fair.db'}"
    on_loopback = is_loopback(values["FAIR_HOST"])
    values |= {
        "FAIR_DATA_DIR": str(data_dir),
        "FAIR_SECRET_KEY": secret,
        "FAIR_DATABASE_URL": database,
        "DATABASE_NAMED": bool(values["FAIR_DATABASE_URL"]),
        "FAIR_PUBLIC_URL": (
            values["FAIR_PUBLIC_URL"] or own_url(values["FAIR_HOST"], port, bool(values["FAIR_TLS"]))
        ).rstrip("/"),
        "FAIR_ON_LOOPBACK": on_loopback,
        "SECRET_KEY": secret,
        "SQLALCHEMY_DATABASE_URI": _with_driver(database),
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(database),
        "MAX_CONTENT_LENGTH": int(values["FAIR_UPLOAD_MB"]) * 1024 * 1024,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_NAME": "phien",
        "WTF_CSRF_TIME_LIMIT": None,
        "JSON_AS_ASCII": False,
    }
    values["SESSION_COOKIE_SECURE"] = values["FAIR_PUBLIC_URL"].startswith("https://")
    return values


EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (compared with, never served on by itself)


def own_url(host: str, port: str | int, tls: bool) -> str:
    """The address of a server on this machine as its users reach it."""
    name = "127.0.0.1" if is_loopback(host) else lan_address() if host in EVERYWHERE else host
    return f"{'https' if tls else 'http'}://{f'[{name}]' if ':' in name else name}:{port}"


def lan_address() -> str:
    """The address by which the network reaches this machine; loopback where there is no network. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram's socket only looks up the way (RFC 5737: nobody's address)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is served there."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _require_known_database(url: str) -> None:
    """Ends the program with one sentence where a start would end in a stack trace."""
    known = ("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")
    if url and not url.startswith(known):
        raise SystemExit(
            "fair: FAIR_DATABASE_URL is no address of a database that Phiên knows: write "
            "postgresql://user:password@host/name, or leave it empty for SQLite."
        )


def _with_driver(url: str) -> str:
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"check_same_thread": False, "timeout": 15}, "pool_size": 40, "max_overflow": 300}
    return {"pool_size": 20, "max_overflow": 40, "pool_pre_ping": False}


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
