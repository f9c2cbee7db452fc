"""All pages of this package, by the reader they are for."""

from app.front import currency_views as currency_views
from app.front import exhibitor_views as exhibitor_views
from app.front import funder_views as funder_views
from app.front import group_views as group_views
from app.front import guest_desk_views as guest_desk_views
from app.front import guest_views as guest_views
from app.front import join_views as join_views
from app.front import more_extras_views as more_extras_views
from app.front import plan_editor_views as plan_editor_views
from app.front import plan_file_views as plan_file_views
from app.front import plan_import_views as plan_import_views
from app.front import plan_placing_views as plan_placing_views
from app.front import portal_views as portal_views
from app.front import public_views as public_views
from app.front import released_views as released_views
from app.front import selling_views as selling_views
from app.front import settings_views as settings_views
from app.front import setup_views as setup_views
from app.front import support_views as support_views
from app.front import terms_views as terms_views
from app.front import today_views as today_views
from app.front.blueprint import blueprint as blueprint
