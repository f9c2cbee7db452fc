"""All pages of this package, by the reader they are for."""

from app.front import public_views as public_views
from app.front.blueprint import blueprint as blueprint
