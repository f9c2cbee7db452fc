"""All pages of this package, by the reader they are for."""

from app.allocation import exhibitor_views as exhibitor_views
from app.allocation import organiser_views as organiser_views
from app.allocation import placing_views as placing_views
from app.allocation import points_views as points_views
from app.allocation import selection_pages as selection_pages
from app.allocation import selection_views as selection_views
from app.allocation.blueprint import blueprint as blueprint
