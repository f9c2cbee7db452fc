"""For everybody: a company's page, and the pictures of profiles."""

from flask import Response, g, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app.access import principal, public
from app.directory.blueprint import blueprint
from app.directory.models import Picture
from app.directory.showing import company_shown, file_of
from app.directory.words import SEEKS
from app.documents import store
from app.documents.uploads import upload_response
from app.fairs.countries import country_name
from app.fairs.models import Exhibitor
from app.fairs.product_categories import product_category_name
from app.fairs.provinces import province_name
from app.formats import language, money
from app.money import Money

KEPT_SECONDS = 86_400  # what a digest names never changes; after a day a browser asks whether it is hidden by now


@blueprint.get("/exhibitors/<int:exhibitor_id>")
@public
def exhibitor(exhibitor_id: int) -> str:
    return render_template("directory/exhibitor.html", company=company_shown(g.fair, exhibitor_id), is_preview=False)


@blueprint.get("/files/<digest>")
@public
def file(digest: str) -> AnyResponse:
    """A picture, or a certificate's PDF, by the digest of its bytes."""
    thing, is_open = file_of(g.fair, digest, principal())
    if isinstance(thing, Picture):
        response = Response(store.bytes_of(digest), content_type=thing.media_type)
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    else:
        response = upload_response(thing)
    kept = f"public, max-age={KEPT_SECONDS}, immutable" if is_open else "private, no-store"
    response.headers["Cache-Control"] = kept
    response.set_etag(digest)
    return response.make_conditional(request)


@blueprint.app_template_global()
def place_of(company: Exhibitor) -> str:
    """Province at home, country abroad, in the reader's language."""
    if company.country == g.fair.country and company.province:
        return province_name(company.province)
    return country_name(company.country, language())


@blueprint.app_template_global()
def goods_name(code: str) -> str:
    return product_category_name(code, language())


@blueprint.app_template_global()
def sought(codes: list[str]) -> str:
    """What a company seeks, as words in a row."""
    return ", ".join(_(SEEKS[code]) for code in codes if code in SEEKS)


@blueprint.app_template_global()
def seen_words(thing: object, name: str) -> tuple[str, str]:
    """A text in the reader's language, else in the other, and which language that is."""
    here, there = ("", "_en") if language() == "vi" else ("_en", "")
    mine = str(getattr(thing, name + here))
    other = str(getattr(thing, name + there))
    vietnamese = (here if mine else there) == ""
    return mine or other, "vi" if vietnamese else "en"


@blueprint.app_template_global()
def price_words(item: object) -> str:
    """“150.000 – 300.000 ₫”, “from …”, “up to …”; empty where no price is said."""
    low, high = (getattr(item, f"price_{end}_minor") for end in ("from", "to"))
    currency = getattr(item, "currency", "")
    said = [money(Money(minor, currency)) if minor is not None else "" for minor in (low, high)]
    if low is not None and high is not None:
        return said[0] if low == high else f"{said[0]} – {said[1]}"
    if low is not None:
        return _("from %(price)s", price=said[0])
    return _("up to %(price)s", price=said[1]) if high is not None else ""
