"""Refusals in Stripe's own words: https://docs.stripe.com/api/errors."""

from typing import Any


class StripeRefusal(Exception):
    """Answered as `{"error": {…}}` with its status."""

    def __init__(self, status: int, kind: str, message: str, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.status = status
        members = {"type": kind, "message": message, "code": code, "param": param}
        self.body: dict[str, Any] = {"error": {name: value for name, value in members.items() if value}}


def bad_parameter(param: str, message: str, code: str = "parameter_invalid") -> StripeRefusal:
    return StripeRefusal(400, "invalid_request_error", message, code, param)


def no_such(kind: str, object_id: str) -> StripeRefusal:
    return StripeRefusal(404, "invalid_request_error", f"No such {kind}: '{object_id}'", "resource_missing", "id")
