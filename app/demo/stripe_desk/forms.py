"""Stripe's requests are forms with brackets: `line_items[0][price_data][currency]=vnd`."""

from typing import Any


def unflatten(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Nested dicts of a bracketed form; numbered keys become lists."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = name.replace("]", "").split("[")
        here = root
        for step, following in zip([first, *rest], rest, strict=False):
            del following
            here = here.setdefault(step, {})
        here[[first, *rest][-1]] = value
    return {key: _lists(value) for key, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(item) for key, item in value.items()}
