"""All pages of the gates."""

from app.visitors import alarm_views as alarm_views
from app.visitors import board_views as board_views
from app.visitors import correction_views as correction_views
from app.visitors import day_closing_views as day_closing_views
from app.visitors import device_views as device_views
from app.visitors.gate_views import blueprint as blueprint
