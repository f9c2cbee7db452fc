"""The words that mails about a deal share, made where they are rendered: in the language of the one who gets them."""

from types import SimpleNamespace
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from jinja2 import pass_context
from jinja2.runtime import Context

from app.deals.answer_links import write_link
from app.deals.proof import Means, Side
from app.deals.terms import KIND_NAMES, DealKind, Terms, terms_from_json
from app.formats import language, local_name, money


@pass_context
def deal_letter(context: Context) -> SimpleNamespace:
    """Who did it, what the deal says, and the link; the signed link is made here, so that no database row holds it."""
    named = context.get_all()
    seller, buyer, terms = named["seller"], named["buyer"], terms_from_json(named["terms"])
    names = {
        Side.BUYER: buyer["company"] or buyer["name"],
        Side.EXHIBITOR: local_name(seller),
        Side.ORGANISER: _("The organiser"),
    }
    to_side = Side(named["to_side"])
    facts = [
        (_("Deal"), _("%(number)s, revision %(n)s", number=named["number"], n=named["revision"])),
        (_("Seller"), names[Side.EXHIBITOR]),
        (_("Buyer"), ", ".join(filter(None, (buyer["company"], buyer["name"])))),
        (_("Kind"), _(KIND_NAMES[DealKind(terms.kind)])),
        (_("Goods"), terms.subject),
        (_("Value"), _value(terms)),
    ]
    before = terms_from_json(named["before"]) if "before" in named else terms
    return SimpleNamespace(
        who=names[Side(named["by_side"])],
        partner=names[to_side.other],
        value=_value(terms),
        old_value=_value(before),
        value_changed=before.value != terms.value,
        facts=[(label, said) for label, said in facts if said],
        link=_link(named, to_side),
        note=link_note(named.get("link_means", "")),
    )


def link_note(means: str) -> str:
    """What a reader is told before answering by a link that proves nothing; empty for one that does."""
    if means == Means.SHARED_ADDRESS:
        return _(
            "Your answer will be kept as a note: this address belongs to the seller as well (the same mailbox or "
            "company domain), so it does not show who answers. To make it count, come to the deal desk with an "
            "identity card or passport."
        )
    if means == Means.TYPED_LINK:
        return _(
            "Your answer will be kept as a note: this address was not verified before the deal was recorded. To make "
            "it count, sign in as a buyer with this address, or come to the deal desk."
        )
    return ""


def _value(terms: Terms) -> str:
    return money(terms.value) if terms.value else _("no value stated")


def _link(named: dict[str, Any], to_side: Side) -> str:
    """The buyer answers by a signed link; an exhibitor's people sign in and see the deal itself."""
    if to_side is Side.EXHIBITOR:
        return str(url_for("deals.show", number=named["number"], _external=True))
    signed = write_link(g.fair.id, named["deal_id"], named["revision"], to_side, named["address"])
    return str(url_for("deal_answers.show", signed=signed, lang=language(), _external=True))
