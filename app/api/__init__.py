"""The API's assembly: one OpenAPI 3.1 document over the packages' blueprints."""

from importlib import import_module

from flask import Flask
from flask_smorest import Api

from app.access import csrf

BLUEPRINTS: tuple[str, ...] = (
    "app.directory.api:blueprint",
    "app.passes.api:blueprint",
    "app.booths.api:blueprint",
    "app.booths.selling_api:blueprint",
    "app.booths.currency_api:blueprint",
    "app.booths.guest_api:blueprint",
    "app.booths.moving_api:blueprint",
    "app.front.plan_api:blueprint",
    "app.front.plan_file_api:blueprint",
    "app.front.plan_draft_api:blueprint",
    "app.front.plan_picture_api:blueprint",
    "app.payments.api:blueprint",
    "app.front.terms_api:blueprint",
    "app.front.released_api:blueprint",
    "app.front.support_api:blueprint",
    "app.front.group_api:blueprint",
    "app.front.price_api:blueprint",
    "app.deals.api:blueprint",
    "app.tasks.api:blueprint",
    "app.allocation.api:blueprint",
    "app.allocation.selection_api:blueprint",
    "app.reports.api:reports_api",
    "app.visitors.api:blueprint",
    "app.visitors.scan_api:blueprint",
    "app.visitors.gate_rules_api:blueprint",
    "app.visitors.desk_api:blueprint",
    "app.visitors.day_closing_api:blueprint",
    "app.visitors.session_api:blueprint",
    "app.visitors.device_api:blueprint",
    "app.visitors.board_api:blueprint",
    "app.visitors.correction_api:blueprint",
    "app.reports.chain_api:blueprint",
)
PREFIX = "/api/v1/fairs/<slug>"
PROBLEM = "Refused: `code` is stable, `detail` is for people."


class ProblemApi(Api):
    """Leaves errors to app/errors.py: pages and API answer from one place."""

    def _register_error_handlers(self) -> None:
        return


def init_api(app: Flask) -> None:
    """Register the packages' API blueprints and serve /api/v1/openapi.json and /api/v1/docs."""
    app.config.update(
        API_TITLE="Phiên",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Booths, applications, exhibitors' tasks, visitors, deals and figures of a trade fair."
            },
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    api = ProblemApi(app)
    for name in BLUEPRINTS:
        module, _colon, attribute = name.partition(":")
        blueprint = getattr(import_module(module), attribute)
        csrf.exempt(blueprint)  # app/access.py asks for the token itself where a browser's session speaks
        api.register_blueprint(blueprint)
    _describe_problems(api)
    app.register_blueprint(import_module("app.api.docs").blueprint)


def _describe_problems(api: Api) -> None:
    """Every refusal is an RFC 9457 problem, of every operation alike: app/errors.py writes them all."""
    text = {"type": "string"}
    members = {"type": text, "title": text, "status": {"type": "integer"}, "detail": text, "code": text}
    api.spec.components.schema("Problem", {"type": "object", "required": sorted(members), "properties": members})
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in api.spec._paths.values():
        for operation in operations.values():
            answers = operation.get("responses", {}) if isinstance(operation, dict) else {}
            for status, answer in answers.items():
                if status == "default" or int(status) >= 400:
                    said = answer.get("description") if isinstance(answer, dict) else None
                    answers[status] = {"description": said or PROBLEM, "content": content}
            answers.setdefault("default", {"description": PROBLEM, "content": content})
