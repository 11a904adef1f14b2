"""The invariants on a snapshot: each test starts from a consistent system."""

import copy
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from orderflow_cli.observe.invariants import Snapshot, check, is_settled

type Change = Callable[[Any], object]
type Item = dict[str, Any]

STATUSES = ("placed", "paid", "shipped", "delivered")


def money(amount: int, **more: Any) -> Item:
    return {"amount": amount, "currency": "EUR", **more}


def order(order_id: str, status: str, amount: int, channel: str = "web", **more: Any) -> Item:
    return {"order_id": order_id, "status": status, "channel": channel, "total": money(amount), **more}


def entry(order_id: str, entry_id: str, amount: int) -> Item:
    return money(amount, order_id=order_id, entry_id=entry_id)


def reservation(order_id: str, state: str, sku: str, quantity: int) -> Item:
    return {"order_id": order_id, "state": state, "lines": [{"sku": sku, "quantity": quantity}]}


def notices(order_id: str, *statuses: str) -> list[Item]:
    return [{"order_id": order_id, "version": n, "kind": kind, "sent": True} for n, kind in enumerate(statuses, 1)]


def payment(order_id: str, amount: int, scenario: str = "capture") -> Item:
    return money(amount, kind="payment", order_id=order_id, scenario=scenario)


def capture(order_id: str, payment_id: str, amount: int) -> Item:
    return money(amount, kind="capture", order_id=order_id, payment_id=payment_id)


def refund(order_id: str, refund_id: str, amount: int) -> Item:
    return money(amount, kind="refund", order_id=order_id, refund_id=refund_id)


@pytest.fixture
def system() -> Any:
    """A consistent system with a delivered, a refunded, a doubly charged, a declined and a till order."""
    refund_of_pay_2, refund_of_pay_4 = (money(amount, state="completed") for amount in (700, 400))
    both_payments = {"pay-3": money(400), "pay-4": money(400)}
    orders = [
        order("sold", "delivered", 500, payments={"pay-1": money(500)}),
        order("back", "refunded", 700, payments={"pay-2": money(700)}, refunds={"ref-2": refund_of_pay_2}),
        order("twice", "delivered", 400, "mobile", payments=both_payments, refunds={"ref-4": refund_of_pay_4}),
        order("declined", "cancelled", 900),
        order("till", "delivered", 300, "pos", payments={"till-pay": money(300)}),
    ]
    return SimpleNamespace(
        accepted_ids={one["order_id"] for one in orders},
        orders={one["order_id"]: one for one in orders},
        ledger=[
            *(entry("sold", "capture#pay-1", 500), entry("back", "capture#pay-2", 700)),
            *(entry("back", "refund#ref-2", -700), entry("twice", "capture#pay-3", 400)),
            *(entry("twice", "capture#pay-4", 400), entry("twice", "refund#ref-4", -400)),
            entry("till", "capture#till-pay", 300),
        ],
        reservations={
            "sold": reservation("sold", "shipped", "PEN", 2),
            "back": reservation("back", "released", "PEN", 7),
            "twice": reservation("twice", "shipped", "INK", 1),
            "declined": reservation("declined", "released", "INK", 3),
        },
        initial_stock={"PEN": 100, "INK": 10, "NIB": 0},
        available_stock={"PEN": 98, "INK": 9, "NIB": 0},
        notices=[
            *(*notices("sold", *STATUSES), *notices("back", "placed", "cancelled", "refunding", "refunded")),
            *(*notices("twice", *STATUSES), *notices("declined", "placed", "cancelled")),
        ],
        delivered_notices=[("sold", 1), ("sold", 2), ("twice", 1)],
        provider_entries=[
            *(payment("sold", 500), capture("sold", "pay-1", 500)),
            *(payment("back", 700, "held"), capture("back", "pay-2", 700), refund("back", "ref-2", 700)),
            *(payment("twice", 400, "double"), capture("twice", "pay-3", 400), capture("twice", "pay-4", 400)),
            *(refund("twice", "ref-4", 400), payment("declined", 900, "decline")),
        ],
        dead_letters={},
    )


def snapshot(system: Any) -> Snapshot:
    values = {field.name: copy.deepcopy(getattr(system, field.name)) for field in fields(Snapshot)}
    return Snapshot(**{**values, "accepted_ids": frozenset(values["accepted_ids"])})


def test_report_has_no_violation_when_all_stores_agree(system: Any) -> None:
    report = check(snapshot(system))

    assert report.violations == []
    assert report.is_clean
    assert (report.settled_count, report.order_ids_by_wait_reason, report.dead_letters) == (5, {}, {})


def test_orders_of_other_runs_are_not_checked(system: Any) -> None:
    system.accepted_ids.remove("sold")
    del system.orders["sold"]["payments"]["pay-1"]
    whole = snapshot(system)

    assert "the provider recorded capture pay-1, which is not in the table" in "".join(check(whole).violations)
    assert check(whole.of_accepted_orders()).violations == []


REJECTION, REFUND = {"state": "rejected"}, {"refunds": {"ref-1": money(500, state="due")}}
TABLE_TEXT = "but the table has 500 EUR net of refunds"
CONTRADICTIONS: list[tuple[str, Change]] = [
    ("gone: accepted, but it is not in the table and has no dead-letter message", lambda s: s.accepted_ids.add("gone")),
    (f"sold: the ledger has 1000 EUR, {TABLE_TEXT}", lambda s: s.ledger.append(entry("sold", "capture#other", 500))),
    (f"sold: the ledger has nothing, {TABLE_TEXT}", lambda s: s.ledger.pop(0)),
    ("back: the ledger has 700 EUR, but the table has nothing net of refunds", lambda s: s.ledger.pop(2)),
    (
        "sold: ledger entries capture#pay-1 exist more than once",
        lambda s: s.ledger.append(entry("sold", "capture#pay-1", 0)),
    ),
    (
        "back: refunded, but 700 EUR remains after all refunds, not nothing",
        lambda s: (s.orders["back"].update(refunds={}), s.ledger.pop(2), s.provider_entries.pop(4)),
    ),
    ("sold: delivered, but nothing remains after all refunds, not 500 EUR", lambda s: s.orders["sold"].update(REFUND)),
    (
        "till: sold at a till, but the warehouse has a reservation",
        lambda s: s.reservations.update(till=reservation("till", "released", "PEN", 1)),
    ),
    ("declined: cancelled, but its reservation is rejected", lambda s: s.reservations["declined"].update(REJECTION)),
    ("back: refunded, but its reservation is missing", lambda s: s.reservations.pop("back")),
    ("stock of PEN is negative: -1", lambda s: s.initial_stock.update(PEN=1) or s.available_stock.update(PEN=-1)),
    ("stock of PEN: 100 initially, 2 taken, but 97 available", lambda s: s.available_stock.update(PEN=97)),
    ("stock of NIB: 0 initially, 0 taken, but 1 available", lambda s: s.available_stock.update(NIB=1)),
    ("sold: the provider received 2 payment requests", lambda s: s.provider_entries.append(payment("sold", 500))),
    ("sold: the provider captured 2 times", lambda s: s.provider_entries.append(capture("sold", "pay-1", 500))),
    ("twice: the provider captured 3 times", lambda s: s.provider_entries.append(capture("twice", "pay-4", 400))),
    (
        "declined: the provider recorded capture pay-9, which is not in the table",
        lambda s: s.provider_entries.append(capture("declined", "pay-9", 900)),
    ),
    ("sold: capture pay-1 differs from the one in the table", lambda s: s.provider_entries[1].update(amount=499)),
    ("sold: capture pay-1 differs from the one in the table", lambda s: s.provider_entries[1].update(currency="USD")),
    ("sold: the table holds capture pay-1, which the provider did not record", lambda s: s.provider_entries.pop(1)),
    ("refund ref-2 was recorded 2 times", lambda s: s.provider_entries.append(refund("back", "ref-2", 700))),
    (
        "declined: the provider recorded refund ref-9, which is not in the table",
        lambda s: s.provider_entries.append(refund("declined", "ref-9", 900)),
    ),
    ("back: the table holds refund ref-2, which the provider did not record", lambda s: s.provider_entries.pop(4)),
    ("sold: notice of version 1 sent 2 times", lambda s: s.delivered_notices.append(("sold", 1))),
    ("sold: delivered, but the customer received no notice of it", lambda s: s.notices[3].update(sent=False)),
    (
        "twice: the customer received no notice",
        lambda s: setattr(s, "notices", [one for one in s.notices if one["order_id"] != "twice"]),
    ),
    ("sold: delivered, but the customer received no notice of it", lambda s: s.notices.pop(3)),
]


@pytest.mark.parametrize(("violation", "change"), CONTRADICTIONS, ids=[one[0] for one in CONTRADICTIONS])
def test_each_contradiction_is_one_violation(system: Any, violation: str, change: Change) -> None:
    change(system)
    report = check(snapshot(system))

    assert report.violations == [violation]
    assert not report.is_clean


@pytest.mark.parametrize(
    ("status", "payments", "refunds", "state", "reason"),
    [
        ("placed", 0, 0, "reserved", "waiting for the payment provider"),
        ("paid", 500, 0, "reserved", "waiting for the warehouse"),
        ("shipped", 500, 0, "shipped", "waiting for the carrier to report the delivery"),
        ("refunding", 500, 500, "released", "waiting for the payment provider's refund"),
    ],
)
def test_open_order_is_reported_as_waiting_with_a_reason(
    system: Any, *, status: str, payments: int, refunds: int, state: str, reason: str
) -> None:
    item = order("open", status, 500)
    if payments:
        item["payments"] = {"pay-5": money(payments)}
        system.ledger.append(entry("open", "capture#pay-5", payments))
        system.provider_entries.append(capture("open", "pay-5", payments))
    if refunds:
        item["refunds"] = {"ref-5": money(refunds, state="due")}
    system.orders["open"] = item
    system.reservations["open"] = reservation("open", state, "NIB", 0)
    system.notices += notices("open", status)

    report = check(snapshot(system))

    assert (report.violations, report.is_clean) == ([], False)
    assert (report.settled_count, report.order_ids_by_wait_reason) == (5, {reason: ["open"]})


def test_delivered_order_waits_for_its_due_refund(system: Any) -> None:
    system.orders["twice"]["refunds"]["ref-4"]["state"] = "due"
    system.ledger.remove(entry("twice", "refund#ref-4", -400))
    system.provider_entries.remove(refund("twice", "ref-4", 400))

    report = check(snapshot(system))

    assert (report.settled_count, report.violations) == (4, [])
    assert report.order_ids_by_wait_reason == {"waiting for the payment provider's refund": ["twice"]}
    assert not is_settled(system.orders["twice"])


def test_order_in_a_dead_letter_queue_is_not_lost_or_settled(system: Any) -> None:
    system.accepted_ids.add("gone")
    system.dead_letters = {"gone": "recorder queue", "sold": "customer service queue"}
    system.notices = [one for one in system.notices if one["order_id"] != "sold"]
    system.provider_entries.append(capture("gone", "pay-8", 100))

    report = check(snapshot(system))

    assert report.violations == []
    assert (report.settled_count, report.dead_letters) == (4, system.dead_letters)


def test_order_of_an_earlier_run_is_checked(system: Any) -> None:
    system.accepted_ids.clear()
    system.ledger.pop(0)

    report = check(snapshot(system))

    assert report.violations == ["sold: the ledger has nothing, but the table has 500 EUR net of refunds"]
    assert report.settled_count == 5
