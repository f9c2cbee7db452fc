"""All pages of this package, by the reader they are for."""

from app.passes import exhibitor_views as exhibitor_views
from app.passes import organiser_views as organiser_views
from app.passes.blueprint import blueprint as blueprint
