"""Headers that browsers obey, and how often one address may try."""

import threading
import time
from collections import defaultdict, deque
from typing import ClassVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.errors import DomainError
from app.i18n_marks import N_

CSP = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; form-action 'self' https://checkout.stripe.com"
)


def framed_anywhere() -> str:
    """The policy of a page that any site may frame: only for one that shows nothing private and changes nothing."""
    return CSP.replace("frame-ancestors 'self'", "frame-ancestors *")


class TooManyTries(DomainError):
    code: ClassVar[str] = "too_many_tries"
    status: ClassVar[int] = 429
    message: ClassVar[str] = N_("Too many tries. Wait a minute and try again.")


_tries: dict[tuple[str, str], deque[float]] = defaultdict(deque)
_lock = threading.Lock()


def limit(what: str, times: int, seconds: int, who: str | None = None, counts: bool = True) -> None:
    """Refuse the try beyond `times` within `seconds` from one address (or of one `who`); counts this process only.

    Without `counts` this is only a look: whoever counts failures alone asks first, and counts when it failed.
    """
    if current_app.config.get("FAIR_NO_LIMITS"):
        return
    key, now = (what, who or request.remote_addr or ""), time.monotonic()
    with _lock:
        tries = _tries[key]
        while tries and now - tries[0] > seconds:
            tries.popleft()
        if len(tries) >= times:
            raise TooManyTries()
        if not counts:
            return
        tries.append(now)
        if len(_tries) > 50_000:
            for stale in [k for k, t in _tries.items() if not t or now - t[-1] > 3600]:
                del _tries[stale]


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FORWARDED = frozenset(  # what web servers and tunnels in front add, besides X-Forwarded-…
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-host", "x-proxyuser-ip"}
    | {"true-client-ip", "cf-connecting-ip", "cf-connecting-ipv6", "cf-ray", "cf-visitor", "cdn-loop"}
    | {"fastly-client-ip", "fly-client-ip", "x-azure-clientip", "x-appengine-user-ip", "x-envoy-external-address"}
)


def from_this_machine() -> bool:
    """Whether somebody at this very machine asks: not through a web server in front, not under a name of elsewhere.

    What only a demonstration may show (the outbox, the desk that plays Stripe) asks this first.
    """
    settings = current_app.config
    if not settings["FAIR_ON_LOOPBACK"] or _was_forwarded():
        return False
    asked, own = urlsplit(f"//{request.host}").hostname, urlsplit(settings["FAIR_PUBLIC_URL"]).hostname
    return asked in LOOPBACK and own in LOOPBACK


def _was_forwarded() -> bool:
    names = (name.lower() for name, _value in request.headers)
    return any(name.startswith("x-forwarded-") or name in FORWARDED for name in names)


def init_security(app: Flask) -> None:
    in_front = int(app.config["FAIR_PROXIES"])
    if in_front:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=in_front, x_proto=in_front, x_host=in_front)  # type: ignore[method-assign]

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", CSP)
            response.headers.setdefault("Cache-Control", "no-store" if request.path != "/" else "no-cache")
        if response.mimetype == "application/pdf" or request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "private, no-store")  # names and figures of the reader's own
        if app.config["SESSION_COOKIE_SECURE"] and not app.config["FAIR_TLS"]:  # tomorrow it may serve without
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
