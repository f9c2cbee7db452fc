"""The API's page for people, drawn from its own OpenAPI document."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template

from app.access import public

blueprint = Blueprint("api_docs", __name__)
METHODS = ("get", "post", "patch", "put", "delete")
FAIR = "/api/v1/fairs/{slug}"


@dataclass(frozen=True)
class Field:
    """A parameter or a member of the body: its name, type, whether it must be there, and what it means."""

    name: str
    kind: str
    needed: bool
    meaning: str


@dataclass(frozen=True)
class Operation:
    method: str
    path: str  # within a fair
    summary: str
    query: list[Field]
    body: list[Field]
    answers: list[str]


@blueprint.get("/api/v1/docs")
@public
def show() -> str:
    spec = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return render_template("api/docs.html", groups=_groups(spec), base=FAIR)


def _groups(spec: dict[str, Any]) -> list[tuple[str, list[Operation]]]:
    """(what a group is about, its operations), in the order in which the blueprints stand."""
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in spec["tags"]}
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                groups[item[method]["tags"][0]].append(_operation(spec, path, method, item[method]))
    return [(tag["description"].rstrip("."), groups[tag["name"]]) for tag in spec["tags"]]


def _operation(spec: dict[str, Any], path: str, method: str, said: dict[str, Any]) -> Operation:
    query = [
        Field(one["name"], _kind(spec, one["schema"]), one.get("required", False), one.get("description", ""))
        for one in said.get("parameters", [])
        if one["in"] == "query"
    ]
    content: dict[str, Any] = next(iter(said.get("requestBody", {}).get("content", {}).values()), {})
    whole = _resolved(spec, content.get("schema", {}))
    needed = whole.get("required", [])
    body = [
        Field(name, _kind(spec, one), name in needed, one.get("description", ""))
        for name, one in whole.get("properties", {}).items()
    ]
    summary = " ".join(filter(None, (said.get("summary", "").rstrip(".") + ".", said.get("description", ""))))
    answers = sorted(str(code) for code in said["responses"] if str(code) != "default")
    return Operation(method.upper(), path.removeprefix(FAIR), summary.replace("`", ""), query, body, answers)


def _kind(spec: dict[str, Any], schema: dict[str, Any]) -> str:
    schema = _resolved(spec, schema)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    kind = schema.get("type", "object")
    kind = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if kind != "array":
        return str(schema.get("format", kind))
    members = _resolved(spec, schema["items"])
    inside = ", ".join(members.get("properties", {}))
    return f"[{{{inside}}}]" if inside else f"[{_kind(spec, members)}]"


def _resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if reference is None and "allOf" in schema:
        reference = schema["allOf"][0].get("$ref")
    return spec["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema
