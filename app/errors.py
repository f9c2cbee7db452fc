"""What can go wrong, by name, and the one place that says so to a person or a program."""

from typing import Any, ClassVar
from urllib.parse import quote

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.db import db
from app.i18n import reader_language
from app.i18n_marks import N_
from app.money import Money, format_money


class DomainError(Exception):
    """A refusal with a stable code and a sentence that says what to do. Subclasses name the case."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This cannot be done now.")
    extra: ClassVar[tuple[str, ...]] = ()  # parameters that an API answer repeats as members

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def sentence(self) -> str:
        """The message in the reader's language, with its parameters in place."""
        shown = {name: _said(value) for name, value in self.params.items()}
        return str(_(self.message, **shown)) if shown else str(_(self.message))


def _said(value: Any) -> Any:
    if isinstance(value, Money):
        return format_money(value, reader_language() or "vi")
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


class FieldErrors(DomainError):
    """Input that cannot be taken, field by field: `fields` maps a field's name to an English msgid."""

    code = "invalid_input"
    status = 422
    message = N_("Some fields need another look.")

    def __init__(self, fields: dict[str, str], **params: Any) -> None:
        super().__init__(**params)
        self.fields = fields

    def sentences(self) -> dict[str, str]:
        return {name: str(_(message, **self.params)) for name, message in self.fields.items()}


class NotFound(DomainError):
    code = "not_found"
    status = 404
    message = N_("There is nothing here, or it is not yours to see.")


class NotAllowed(DomainError):
    code = "not_allowed"
    status = 403
    message = N_("Your role does not allow this. Ask the organiser for the right to do it.")


HTTP_SENTENCES = {
    400: N_("The request could not be read. Go back, check what you entered and send it again."),
    401: N_("Sign in first."),
    403: NotAllowed.message,
    404: NotFound.message,
    405: N_("This address does not take that kind of request."),
    413: N_("The file is too large."),
    415: N_("This kind of content is not taken here."),
    422: FieldErrors.message,
    429: N_("Too many tries. Wait a minute and try again."),
    500: N_("Something failed on our side. It has been noted; try again, or tell the organiser."),
}


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def problem(status: int, code: str, sentence: str, **members: Any) -> Response:
    """An RFC 9457 answer; `code` is stable, `detail` is for people."""
    body = {
        "type": f"urn:phien:{code}",
        "title": sentence,
        "status": status,
        "detail": sentence,
        "code": code,
        **members,
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def show(status: int, code: str, sentence: str, **members: Any) -> Response:
    if wants_json():
        return problem(status, code, sentence, **members)
    if request_ctx.url_adapter is None:  # the name of the host is none: a page could not name its own links
        return Response(sentence, status=status, content_type="text/plain; charset=utf-8")
    template = "errors/_error.html" if request.headers.get("HX-Request") else "errors/error.html"
    return Response(render_template(template, status=status, code=code, sentence=sentence, **members), status=status)


def _page_above() -> str | None:
    """Where a form was sent to nobody can go: whoever reloads its answer comes to the page that it stood on."""
    if request.method != "GET" or wants_json() or request_ctx.url_adapter is None:
        return None
    path = request.path
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            request_ctx.url_adapter.match(path, method="GET")
        except HTTPException:
            continue
        query = request.query_string.decode()
        return f"{quote(path)}?{query}" if query else quote(path)
    return None


def init_errors(app: Flask) -> None:
    """Register the renderers: domain errors, HTTP errors, and what nobody expected."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> Response:
        members = {name: error.params.get(name) for name in error.extra}
        if isinstance(error, FieldErrors):
            members["fields"] = error.sentences()
        return show(error.status, error.code, error.sentence(), **members)

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> Response:
        return show(400, "stale_form", _("This page was open for too long. Reload it and send the form again."))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None and error.code and error.code < 400:
            return error.response  # type: ignore[return-value]
        page = _page_above() if error.code == 405 else None
        if page is not None:
            return redirect(page, 303)  # type: ignore[return-value]
        status = error.code or 500
        sentence = _(HTTP_SENTENCES.get(status, HTTP_SENTENCES[400 if status < 500 else 500]))
        members = {}
        data = getattr(error, "data", None) or {}
        if "messages" in data:
            members["fields"] = data["messages"]
        response = show(status, error.name.lower().replace(" ", "_"), sentence, **members)
        valid_methods = getattr(error, "valid_methods", None)
        if valid_methods:
            response.headers["Allow"] = ", ".join(sorted(valid_methods))
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.exception("unexpected error")
        db.session.rollback()  # after a fault of the database PostgreSQL answers nothing more, not even for this page
        if app.config.get("PROPAGATE_UNEXPECTED"):
            raise error
        return show(500, "internal_error", _(HTTP_SENTENCES[500]))
