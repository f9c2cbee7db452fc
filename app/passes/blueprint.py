"""Passes for exhibitors' staff: the exhibitor's own page, and the organiser's."""

from flask import Blueprint

blueprint = Blueprint("passes", __name__, url_prefix="/fairs/<slug>")
