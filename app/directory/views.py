"""All pages of this package, by the reader they are for."""

from app.directory import catalogue_views as catalogue_views
from app.directory import exhibitor_views as exhibitor_views
from app.directory import organiser_views as organiser_views
from app.directory import public_views as public_views
from app.directory.blueprint import blueprint as blueprint
