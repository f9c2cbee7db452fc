"""Companies' profiles, the directory's pages, and the catalogue."""

from flask import Blueprint

blueprint = Blueprint("directory", __name__, url_prefix="/fairs/<slug>")
