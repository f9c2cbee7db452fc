"""The API's page for people, drawn from its own OpenAPI document."""

from typing import Any

from flask import Blueprint, current_app, render_template

from app.access import public

blueprint = Blueprint("api_docs", __name__)
METHODS = ("get", "post", "patch", "put", "delete")


@blueprint.get("/api/v1/docs")
@public
def show() -> str:
    spec = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return render_template("api/docs.html", info=spec["info"], operations=_operations(spec))


def _operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                found.append(
                    {
                        "method": method.upper(),
                        "path": path,
                        "summary": operation.get("summary", ""),
                        "description": operation.get("description", ""),
                        "answers": sorted(str(code) for code in operation.get("responses", {})),
                    }
                )
    return sorted(found, key=lambda operation: (operation["path"], operation["method"]))
