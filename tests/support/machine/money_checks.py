"""The money to the last dong, after every step: payments, refunds, orders, papers, the funder's share."""

from collections import Counter

from app.booths.fair_state import fair_state
from app.booths.funder_list import FunderList
from app.fairs.models import Fair
from app.payments.models import CancellationState, Order, OrderState, PaymentState
from tests.support.machine.books import Books

STANDS = (OrderState.AWAITING, OrderState.DEPOSITED, OrderState.PAID)
LET = (OrderState.PAID, OrderState.DEPOSITED)
KINDS = ("invoice", "contract", "receipt", "credit_note", "support", "support_note")


def all_money_is_somewhere(books: Books, came: int) -> None:
    """Each payment counts for its order, goes back, or waits for a person; none goes back twice."""
    assert sum(one.amount_minor for one in books.payments) == came
    for one in books.payments:
        back, gone = books.going_back(one), books.going_back(one, "done")
        assert 0 <= back <= one.amount_minor, "more goes back than came"
        if one.state == PaymentState.REFUND_DUE:
            assert back == one.amount_minor
        elif one.state == PaymentState.REFUNDED:
            assert gone == one.amount_minor
        elif one.state == PaymentState.SETTLED:
            assert one.order_id is not None and back < one.amount_minor
        else:
            assert one.state == PaymentState.UNMATCHED and back < one.amount_minor
            assert one.reason or books.refunds_of[one.id], "it waits and nobody knows why"


def what_came_is_what_orders_say(books: Books) -> None:
    """Paid less given back; a refund that Stripe refused is still owed, so it counts as gone."""
    kept = {c.order_id: c.kept_minor for c in books.cancellations if c.state == CancellationState.DONE}
    for order in books.orders:
        counted = sum(
            one.amount_minor - books.going_back(one, "due", "sent", "done", "failed")
            for one in books.payments_of[order.id]
            if one.state == PaymentState.SETTLED
        )
        failed = any(r.state == "failed" for one in books.payments_of[order.id] for r in books.refunds_of[one.id])
        if order.state == OrderState.DEPOSITED:
            assert (order.deposit_minor or 0) <= counted < order.total_minor, f"{counted} of a deposit"
        elif order.state == OrderState.CALLED_OFF:
            assert counted == kept[order.id] or failed, f"kept {counted} of a fee of {kept[order.id]}"
        else:
            due = order.total_minor if order.state == OrderState.PAID else 0
            assert counted == due or (failed and counted <= due), f"{order.state}: {counted} of {due}"


def orders_add_up(books: Books) -> None:
    for order in books.orders:
        net, vat = (sum(getattr(line, f"{of}_minor") for line in order.lines) for of in ("net", "vat"))
        assert (order.net_minor, order.vat_minor, order.total_minor) == (net, vat, net + vat)
        assert min(net, vat) >= 0, "an order below zero"
        assert order.deposit_minor is None or 0 < order.deposit_minor < order.total_minor
        assert (order.ended_at is None) == (order.state in STANDS)
        assert (order.paid_at is None) == (order.state not in (OrderState.PAID,)) or order.ended_at is not None


def papers_say_the_same(books: Books) -> None:
    """Numbered without gaps, one of a kind an order, and together what the order came to."""
    for kind in KINDS:
        serials = sorted(one.serial for one in books.invoices if one.kind == kind)
        assert serials == list(range(1, len(serials) + 1)), f"numbers of {kind} have gaps"
    cancelled = {c.order_id: c for c in books.cancellations if c.state == CancellationState.DONE}
    for order in books.orders:
        of = {one.kind: one.content for one in books.papers[order.id]}
        assert len(of) == len(books.papers[order.id]), "two papers of one kind"
        let = order.state in (*LET, OrderState.CALLED_OFF) or (order.state == OrderState.REFUNDED and "invoice" in of)
        assert let == ("invoice" in of) == ("contract" in of), f"{order.state}, {sorted(of)}"
        if "invoice" not in of:
            assert not of
            continue
        assert of["invoice"]["total_minor"] == order.total_minor
        stands = order.total_minor - _credited(of, order)
        wish = cancelled.get(order.id)
        fee = wish.fee_minor if order.state == OrderState.CALLED_OFF and wish is not None else 0
        assert stands == (order.total_minor if order.state in LET else fee), f"{order.state}: {stands} is invoiced"
        if "receipt" in of:
            assert of["receipt"]["amount_minor"] == of["invoice"]["open_minor"]
        open_minor = of["invoice"].get("open_minor", 0)
        assert (order.state == OrderState.PAID and open_minor > 0) <= ("receipt" in of), "the balance has no receipt"


def _credited(of: dict, order: Order) -> int:
    note = of.get("credit_note")
    if note is None:
        return 0
    fee = note["fee"]
    return order.total_minor - (fee["fee_net_minor"] + fee["fee_vat_minor"] if fee else 0)


def nothing_scarce_is_given_twice(books: Books, stock: int) -> None:
    """Extras, uses of a code, a funder's budget: orders that stand have what is taken, and nobody else."""
    state = {order.id: order.state for order in books.orders}
    for extra in books.extras:
        lines = [(line, order) for order in books.orders for line in order.lines if line.extra_id == extra.id]
        assert extra.taken == sum(line.quantity for line, _order in lines if line.kept) <= stock
        assert all(line.kept == (order.state in STANDS) for line, order in lines)
    for code in books.codes:
        live = [use for use in books.uses if use.code_id == code.id and use.released_at is None]
        assert code.taken == len(live) <= code.most
    with_code = {order.id for order in books.orders if any(line.kind == "discount" for line in order.lines)}
    assert {use.order_id for use in books.uses if use.released_at is None} == {
        o for o in with_code if state[o] in STANDS
    }
    of_grant: Counter[int] = Counter()
    for one in books.supports:
        if one.released_at is None:
            of_grant[one.grant_id] += one.total_minor
    for grant in books.grants:
        assert grant.taken_minor == of_grant[grant.id], "a grant says otherwise than its orders"
        assert grant.withdrawn_at is None or not grant.taken_minor
    for programme in books.programmes:
        taken = sum(one.total_minor for one in books.supports if one.released_at is None)
        assert programme.taken_minor == taken <= programme.budget_minor, "a budget was passed, or not given back"


def supports_go_with_their_orders(books: Books, shown: FunderList) -> None:
    """The line, the row, the funder's papers and its list say the same."""
    live = {one.order_id: one for one in books.supports if one.released_at is None}
    for order in books.orders:
        lines = [line for line in order.lines if line.kind == "support"]
        assert len(lines) <= 1
        assert (order.id in live) == (bool(lines) and order.state in STANDS), f"{order.state} and its support"
        for line in lines:
            share = next(one for one in books.supports if one.order_id == order.id)
            assert (line.net_minor, line.vat_minor) == (-share.net_minor, -share.vat_minor)
            of = {one.kind: one.content["total_minor"] for one in books.papers[order.id]}
            assert ("support" in of) == ("invoice" in of) and of.get("support", share.total_minor) == share.total_minor
            ended = order.state in (OrderState.REFUNDED, OrderState.CALLED_OFF) and "support" in of
            assert ended == ("support_note" in of), f"{order.state}, {sorted(of)}"
    totals = Counter()
    for one in books.invoices:
        totals[one.kind] += one.content["total_minor"] if one.kind in ("support", "support_note") else 0
    [sums] = shown.sums
    assert (sums.invoiced, sums.credited) == (totals["support"], totals["support_note"])
    assert sums.stands + sums.waits == sum(one.total_minor for one in live.values())


def the_figures_of_the_floor_add_up(books: Books, fair: Fair, now: object) -> None:
    zones, whole = fair_state(fair, now)
    on_plan = [one for one in books.booths if one.state not in ("gone", "not_let", "show")]
    assert sum(row.whole.booths for row in zones) == whole.whole.booths == len(on_plan)
    assert sum(sums.booths for sums in whole.states.values()) == len(on_plan)
    money = {name: sums.agreed["VND"] for name, sums in whole.money.items()}
    assert money["agreed"] == money["paid"] + money["open"] and money["due"] <= money["open"]
