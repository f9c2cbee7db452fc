"""The plan as a drawing: GeoJSON, SVG and DXF, of a hall or of the fair."""

from flask import Response, g, request

from app.access import Permission, allow
from app.front.blueprint import blueprint
from app.front.plan_files import drawn_response
from app.front.plan_import_views import HALLS
from app.security import limit


@blueprint.get(f"{HALLS}/plan.<any(dxf, geojson, svg):file_type>")
@allow(Permission.BOOTHS_SEE)
def plan_drawing(file_type: str) -> Response:
    """Every booth as it is drawn, with what a table says of it; `?hall=` names one hall by its code."""
    limit("plan_drawings", 30, 600)
    return drawn_response(g.fair, file_type, request.args.get("hall", ""))
