"""Whatever happens in whatever order: one owner a booth, history whole, money accounted for, nothing let disappears."""

from flask import Flask

from tests.support.machine import machine_of, search
from tests.support.market import Market


def test_whatever_happens_in_whatever_order(app: Flask, market: Market) -> None:
    """A long search runs with `./fair bench machine`; this one finds what is near."""
    search(machine_of(app, market), examples=25, steps=30, derandomize=True)
