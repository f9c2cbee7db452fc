"""All pages of this package, by the reader they are for."""

from app.allocation import exhibitor_views as exhibitor_views
from app.allocation import organiser_views as organiser_views
from app.allocation import placing_views as placing_views
from app.allocation.blueprint import blueprint as blueprint
