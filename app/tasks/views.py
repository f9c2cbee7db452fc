"""All pages of this package, by the reader they are for."""

from app.tasks import answers_views as answers_views
from app.tasks import exhibitor_views as exhibitor_views
from app.tasks import organiser_views as organiser_views
from app.tasks.blueprint import blueprint as blueprint
