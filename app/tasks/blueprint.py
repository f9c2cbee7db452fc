"""Exhibitors' tasks: the organiser's pages, and the exhibitor's own."""

from flask import Blueprint

blueprint = Blueprint("tasks", __name__, url_prefix="/fairs/<slug>")
