"""Applications for booths and the waiting list: the exhibitor's page, and the organiser's."""

from flask import Blueprint

blueprint = Blueprint("allocation", __name__, url_prefix="/fairs/<slug>")
