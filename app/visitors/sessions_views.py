"""All pages of sessions, by the reader they are for."""

from app.visitors import programme_views as programme_views
from app.visitors.session_views import blueprint as blueprint
