"""The pages that bring the parts of a fair together; every module of views adds its own."""

from flask import Blueprint

blueprint = Blueprint("fairs", __name__)
