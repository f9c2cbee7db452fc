"""What the API's document promises, tried by schemathesis: no fault, no status and no body that it does not name."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, CheckFunction
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import transaction
from tests.support.market import Market, desk, market, spring

__all__ = ["desk", "market", "spring"]

PROMISES = (
    "not_a_server_error",
    "content_type_conformance",
    "response_schema_conformance",
    "status_code_conformance",
)
EXAMPLES = 12
PLACES = {"slug": "test-fair"}
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture
def tokens(app: Flask, market: Market) -> dict[str, str]:
    cast = market.cast
    with app.app_context(), transaction():
        return {
            "organiser": create_token(SYSTEM, cast.fair.id, "organiser", None, None, label="test"),
            "exhibitor": create_token(SYSTEM, cast.fair.id, "exhibitor", cast.exhibitor.id, None, label="test"),
            "stranger": "",
        }


@pytest.mark.parametrize("role", ["organiser", "exhibitor", "stranger"])
def test_every_operation_answers_as_its_document_says(app: Flask, tokens: dict[str, str], role: str) -> None:
    load_all_checks()
    promises = [CHECKS.get_one(name) for name in PROMISES]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    headers = {"Accept-Encoding": "identity"}  # what speaks with the application itself unpacks nothing
    headers |= {"Authorization": f"Bearer {tokens[role]}"} if tokens[role] else {}
    operations = [found.ok() for found in schema.get_all_operations()]
    broken = {}
    for operation in operations:
        try:
            _try(operation, headers, promises)
        except FailureGroup as failure:
            broken[operation.label] = str(failure)
    assert not broken, "\n\n".join(f"{label}: {said}" for label, said in broken.items())
    assert len(operations) >= 20


def _try(operation: APIOperation, headers: dict[str, str], promises: list[CheckFunction]) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET,
              phases=[Phase.generate])  # fmt: skip
    @given(case=operation.as_strategy())
    def answers(case: Case) -> None:
        case.path_parameters = (case.path_parameters or {}) | PLACES
        case.call_and_validate(headers=headers, checks=promises)

    answers()
