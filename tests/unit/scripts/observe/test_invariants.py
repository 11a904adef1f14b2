"""Each contradiction alone in an otherwise clean snapshot is named, exactly, and nothing else is."""

import copy
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from orderflow_cli.observe.invariants import Snapshot, check, is_settled

type Change = Callable[[Any], object]

LIVES = {
    "shipped": ["placed", "paid", "shipped", "delivered"],
    "refunded": ["placed", "cancelled", "refunding", "refunded"],
    "declined": ["placed", "cancelled"],
}


def money(amount: int, **more: Any) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR", **more}


def order(order_id: str, status: str, amount: int, channel: str = "web", **more: Any) -> dict[str, Any]:
    return {"order_id": order_id, "status": status, "channel": channel, "total": money(amount), **more}


def entry(order_id: str, entry_id: str, amount: int) -> dict[str, Any]:
    return {"order_id": order_id, "entry_id": entry_id, **money(amount)}


def reservation(order_id: str, state: str, sku: str, quantity: int) -> dict[str, Any]:
    return {"order_id": order_id, "state": state, "lines": [{"sku": sku, "quantity": quantity}]}


def told(order_id: str, statuses: list[str]) -> list[dict[str, Any]]:
    return [
        {"order_id": order_id, "version": version, "kind": status, "sent": True}
        for version, status in enumerate(statuses, 1)
    ]


def asked(order_id: str, amount: int, scenario: str = "capture") -> dict[str, Any]:
    return {"kind": "payment", "order_id": order_id, "scenario": scenario, **money(amount)}


def captured(order_id: str, payment_id: str, amount: int) -> dict[str, Any]:
    return {"kind": "capture", "order_id": order_id, "payment_id": payment_id, **money(amount)}


def returned(order_id: str, refund_id: str, amount: int) -> dict[str, Any]:
    return {"kind": "refund", "order_id": order_id, "refund_id": refund_id, **money(amount)}


@pytest.fixture
def system() -> Any:
    """A system where everything went well: a delivered, a refunded, a doubly charged, a declined and a till order."""
    orders = [
        order("sold", "delivered", 500, payments={"pay-1": money(500)}),
        order(
            "back",
            "refunded",
            700,
            payments={"pay-2": money(700)},
            refunds={"ref-2": money(700, state="completed")},
        ),
        order(
            "twice",
            "delivered",
            400,
            "mobile",
            payments={"pay-3": money(400), "pay-4": money(400)},
            refunds={"ref-4": money(400, state="completed")},
        ),
        order("declined", "cancelled", 900),
        order("till", "delivered", 300, "pos", payments={"till-pay": money(300)}),
    ]
    return SimpleNamespace(
        accepted={each["order_id"] for each in orders},
        orders={each["order_id"]: each for each in orders},
        ledger=[
            entry("sold", "capture#pay-1", 500),
            entry("back", "capture#pay-2", 700),
            entry("back", "refund#ref-2", -700),
            entry("twice", "capture#pay-3", 400),
            entry("twice", "capture#pay-4", 400),
            entry("twice", "refund#ref-4", -400),
            entry("till", "capture#till-pay", 300),
        ],
        reservations={
            "sold": reservation("sold", "shipped", "PEN", 2),
            "back": reservation("back", "released", "PEN", 7),
            "twice": reservation("twice", "shipped", "INK", 1),
            "declined": reservation("declined", "released", "INK", 3),
        },
        initial_stock={"PEN": 100, "INK": 10, "NIB": 0},
        available={"PEN": 98, "INK": 9, "NIB": 0},
        notices=[
            *told("sold", LIVES["shipped"]),
            *told("back", LIVES["refunded"]),
            *told("twice", LIVES["shipped"]),
            *told("declined", LIVES["declined"]),
        ],
        heard=[("sold", 1), ("sold", 2), ("twice", 1)],
        book=[
            asked("sold", 500),
            captured("sold", "pay-1", 500),
            asked("back", 700, "held"),
            captured("back", "pay-2", 700),
            returned("back", "ref-2", 700),
            asked("twice", 400, "double"),
            captured("twice", "pay-3", 400),
            captured("twice", "pay-4", 400),
            returned("twice", "ref-4", 400),
            asked("declined", 900, "decline"),
        ],
        dead_letters={},
    )


def snapshot(system: Any) -> Snapshot:
    parts = {field.name: copy.deepcopy(getattr(system, field.name)) for field in fields(Snapshot)}
    return Snapshot(**{**parts, "accepted": frozenset(parts["accepted"])})


def test_report_holds_when_everything_tells_the_same_story(system: Any) -> None:
    report = check(snapshot(system))

    assert report.violations == []
    assert report.holds
    assert (report.settled, report.waiting, report.dead_lettered) == (5, {}, {})


# What goes wrong -> how, and the one sentence about it.
CONTRADICTIONS: dict[str, tuple[Change, str]] = {
    "lost order": (
        lambda s: s.accepted.add("gone"),
        "gone: accepted, but neither in the table nor in a dead-letter queue",
    ),
    "money on the ledger that nobody paid": (
        lambda s: s.ledger.append(entry("sold", "capture#other", 500)),
        "sold: ledger holds 1000 EUR, the table says 500 EUR was captured and not refunded",
    ),
    "capture missing on the ledger": (
        lambda s: s.ledger.remove(entry("sold", "capture#pay-1", 500)),
        "sold: ledger holds nothing, the table says 500 EUR was captured and not refunded",
    ),
    "refund missing on the ledger": (
        lambda s: s.ledger.remove(entry("back", "refund#ref-2", -700)),
        "back: ledger holds 700 EUR, the table says nothing was captured and not refunded",
    ),
    "ledger entry twice": (
        lambda s: s.ledger.append(entry("sold", "capture#pay-1", 0)),
        "sold: ledger entries capture#pay-1 are there more than once",
    ),
    "money kept for nothing": (
        lambda s: (
            s.orders["back"].update(status="refunded", refunds={}, payments={"pay-2": money(700)})
            or s.ledger.remove(entry("back", "refund#ref-2", -700))
            or s.book.remove(returned("back", "ref-2", 700))
        ),
        "back: refunded with 700 EUR kept after all refunds, expected nothing",
    ),
    "goods given away": (
        lambda s: s.orders["sold"].update(refunds={"ref-1": money(500, state="due")}),
        "sold: delivered with nothing kept after all refunds, expected 500 EUR",
    ),
    "till sale with a reservation": (
        lambda s: s.reservations.update(till=reservation("till", "released", "PEN", 1)),
        "till: sold at a till, but the warehouse holds a reservation",
    ),
    "reservation in another state": (
        lambda s: s.reservations["declined"].update(state="rejected"),
        "declined: cancelled, but its reservation is rejected",
    ),
    "no reservation": (
        lambda s: s.reservations.pop("back"),
        "back: refunded, but its reservation is none",
    ),
    "negative stock": (
        lambda s: s.initial_stock.update(PEN=1) or s.available.update(PEN=-1),
        "stock of PEN is negative: -1",
    ),
    "pieces gone": (
        lambda s: s.available.update(PEN=97),
        "stock of PEN: 100 at first, 2 taken, but 97 left",
    ),
    "pieces from nowhere": (
        lambda s: s.available.update(NIB=1),
        "stock of NIB: 0 at first, 0 taken, but 1 left",
    ),
    "two payments asked for": (
        lambda s: s.book.append(asked("sold", 500)),
        "sold: the provider was asked for 2 payments",
    ),
    "double capture": (
        lambda s: s.book.append(captured("sold", "pay-1", 500)),
        "sold: the provider captured 2 times",
    ),
    "third capture of an order that is charged twice": (
        lambda s: s.book.append(captured("twice", "pay-4", 400)),
        "twice: the provider captured 3 times",
    ),
    "unknown capture": (
        lambda s: s.book.append(captured("declined", "pay-9", 900)),
        "declined: the provider booked capture pay-9, the table does not know it",
    ),
    "capture of another amount": (
        lambda s: s.book[1].update(amount=499),
        "sold: capture pay-1 is another amount in the table",
    ),
    "capture in another currency": (
        lambda s: s.book[1].update(currency="USD"),
        "sold: capture pay-1 is another amount in the table",
    ),
    "capture that the provider never made": (
        lambda s: s.book.remove(captured("sold", "pay-1", 500)),
        "sold: the table holds capture pay-1, the provider did not book it",
    ),
    "refund twice": (
        lambda s: s.book.append(returned("back", "ref-2", 700)),
        "refund ref-2 was booked 2 times",
    ),
    "unknown refund": (
        lambda s: s.book.append(returned("declined", "ref-9", 900)),
        "declined: the provider booked refund ref-9, the table does not know it",
    ),
    "refund that the provider never made": (
        lambda s: s.book.remove(returned("back", "ref-2", 700)),
        "back: the table holds refund ref-2, the provider did not book it",
    ),
    "notice twice": (
        lambda s: s.heard.append(("sold", 1)),
        "sold: notice of version 1 sent 2 times",
    ),
    "notice not sent": (
        lambda s: s.notices[3].update(sent=False),
        "sold: delivered, but the customer was never told",
    ),
    "no notice at all": (
        lambda s: setattr(s, "notices", [each for each in s.notices if each["order_id"] != "twice"]),
        "twice: the customer was never told anything",
    ),
    "last notice missing": (
        lambda s: s.notices.pop(3),
        "sold: delivered, but the customer was never told",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_one_violation_is_named_when_one_thing_contradicts(system: Any, name: str) -> None:
    change, violation = CONTRADICTIONS[name]

    change(system)
    report = check(snapshot(system))

    assert report.violations == [violation]
    assert not report.holds


@pytest.mark.parametrize(
    ("status", "payments", "refunds", "state", "reason"),
    [
        ("placed", 0, 0, "reserved", "waits for the payment provider"),
        ("paid", 500, 0, "reserved", "waits for the warehouse"),
        ("shipped", 500, 0, "shipped", "waits for the carrier's call"),
        ("refunding", 500, 500, "released", "waits for the payment provider's refund"),
    ],
)
def test_order_waits_for_a_named_reason_when_its_status_is_not_final(
    system: Any, *, status: str, payments: int, refunds: int, state: str, reason: str
) -> None:
    found = order("open", status, 500)
    if payments:
        found["payments"] = {"pay-5": money(payments)}
        system.ledger.append(entry("open", "capture#pay-5", payments))
        system.book.append(captured("open", "pay-5", payments))
    if refunds:
        found["refunds"] = {"ref-5": money(refunds, state="due")}
    system.orders["open"] = found
    system.reservations["open"] = reservation("open", state, "NIB", 0)
    system.notices += told("open", [status])

    report = check(snapshot(system))

    assert report.violations == []
    assert (report.settled, report.waiting) == (5, {reason: ["open"]})


def test_order_waits_for_its_refund_when_a_final_status_owes_money(system: Any) -> None:
    system.orders["twice"]["refunds"]["ref-4"]["state"] = "due"
    system.ledger.remove(entry("twice", "refund#ref-4", -400))
    system.book.remove(returned("twice", "ref-4", 400))

    report = check(snapshot(system))

    assert report.violations == []
    assert (report.settled, report.waiting) == (4, {"waits for the payment provider's refund": ["twice"]})
    assert not is_settled(system.orders["twice"])


def test_order_is_neither_lost_nor_settled_when_it_lies_in_a_dead_letter_place(system: Any) -> None:
    system.accepted.add("gone")
    system.dead_letters = {"gone": "recorder queue", "sold": "customer service queue"}
    system.notices = [each for each in system.notices if each["order_id"] != "sold"]
    system.book.append(captured("gone", "pay-8", 100))

    report = check(snapshot(system))

    assert report.violations == []
    assert (report.settled, report.dead_lettered) == (4, system.dead_letters)


def test_order_of_an_earlier_run_is_checked_when_nobody_told_that_it_was_taken(system: Any) -> None:
    system.accepted.clear()
    system.ledger.pop(0)

    report = check(snapshot(system))

    assert report.violations == ["sold: ledger holds nothing, the table says 500 EUR was captured and not refunded"]
    assert report.settled == 5


def test_every_contradiction_is_told_when_there_are_several(system: Any) -> None:
    for change, _ in (CONTRADICTIONS["lost order"], CONTRADICTIONS["pieces gone"], CONTRADICTIONS["refund twice"]):
        change(system)

    assert len(check(snapshot(system)).violations) == 3
