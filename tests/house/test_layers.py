"""Imports point down: the layers stand in pyproject.toml, every module stands in one of them."""

import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", include_external_packages=True)


def test_imports_point_down(capsys: pytest.CaptureFixture[str]) -> None:
    failed = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert failed == 0, capsys.readouterr().out


def test_every_module_stands_in_a_layer(graph: grimp.ImportGraph) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {name.strip(" ()") for layer in layers for name in layer.replace("|", ":").split(":")}
    without_layer = {"app.static_build"}  # a script of its own, it imports nothing of ours
    assert graph.find_children("app") - placed - without_layer == set()


@pytest.mark.parametrize(
    ("library", "importers"),
    [
        ("stripe", {"app.payments"}),
        ("weasyprint", {"app.documents"}),
        ("qrcode", {"app.documents"}),
        ("huey", {"app.jobs"}),
    ],
)
def test_a_library_has_one_place(graph: grimp.ImportGraph, library: str, importers: set[str]) -> None:
    found = graph.find_modules_that_directly_import(library)
    assert found, f"nobody imports {library}"
    assert {".".join(module.split(".")[:2]) for module in found} <= importers, found


KERNEL = {"access", "errors", "i18n", "input", "live", "navigation", "outbox", "pages", "security", "turns", "webhooks"}
ASKED = ("views", "api", "session", "idempotency", "paging")  # what a module that reads requests is called


def test_verbs_know_no_request() -> None:
    """Only views, the API and the kernel around them read the request or the session: never a verb or a query."""
    reading = {
        path.relative_to(ROOT / "app").with_suffix("").as_posix()
        for path in (ROOT / "app").rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith("from flask import") and {"request", "session"} & set(line[18:].replace(",", " ").split())
    }
    assert {name for name in reading - KERNEL if not name.endswith(ASKED)} == set()
