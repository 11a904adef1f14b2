"""The report of the demo, and its exit code after any problem."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from orderflow_cli.demo import report
from orderflow_cli.demo.run import Requests
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import InvalidRequest, Order
from orderflow_cli.observe import trace
from orderflow_cli.observe.failures import TraceStep
from orderflow_cli.observe.invariants import Report, Snapshot
from orderflow_cli.observe.trace import Trace

ORDER_ID = "ord_" + "a" * 26
PROBLEM_HEADERS = {"content-type": "application/problem+json"}
NAN_REQUEST = InvalidRequest("NaN", b"", 400)
FUNCTIONS = ("storefront_api", "recorder", "relay", "finance", "warehouse", "customer_service", "webhooks")


def response(status: int = 202, headers: dict[str, str] | None = None, **document: Any) -> Response:
    return Response(status, headers or {}, document, milliseconds=12.0)


OTHER_ORDER_RESPONSE, PROBLEM_202, EMPTY_400 = response(order_id="x"), response(202, PROBLEM_HEADERS), response(400)


@pytest.fixture
def requests() -> Requests:
    """An ordinary order, a doubly charged order, and a till receipt."""
    placed_orders = {
        name: (Order("customer-001", f"key-{name}", {}, scenario), response(order_id=name))
        for name, scenario in (("plain", "capture"), ("double", "double"))
    }
    first_response = response(order_id="plain")
    return Requests(
        "run",
        placed_orders=placed_orders,
        retry_pair=(first_response, response(order_id="plain")),
        invalid_requests=[(NAN_REQUEST, response(400, PROBLEM_HEADERS, title="Malformed", detail="at position 0"))],
        till_order_ids=frozenset({"till"}),
        till_receipt_count=1,
        rejected_till_rows=["14,must not be negative,berlin-01"],
    )


@pytest.fixture
def snapshot() -> Any:
    def entry(order_id: str, kind: str = "capture") -> dict[str, Any]:
        return {"order_id": order_id, "kind": kind}

    return SimpleNamespace(
        orders={
            "plain": {"status": "delivered", "payments": {"pay-1": {}}},
            "double": {"status": "delivered", "payments": {"pay-2": {}, "pay-3": {}}, "refunds": {"ref-3": {}}},
            "till": {"status": "delivered", "payments": {"till-pay": {}}},
            "of another run": {"status": "placed"},
        },
        ledger=[entry("plain"), entry("double"), entry("double"), entry("double", "refund"), entry("till")],
        reservations={"plain": {"state": "shipped"}, "double": {"state": "shipped"}},
        notices=[],
        delivered_notices=[("plain", 1), ("double", 1), ("double", 2)],
        provider_entries=[entry("plain", "payment"), entry("double", "payment"), entry("of another run", "payment")],
    )


def consumer_problems(snapshot: Any, requests: Requests) -> list[str]:
    snapshot_fields = {"accepted_ids": frozenset(), "initial_stock": {}, "available_stock": {}, **vars(snapshot)}
    return report.print_and_check_consumers(Snapshot(**snapshot_fields), requests)


def test_report_has_no_problem_when_all_consumers_have_their_orders(
    snapshot: Any, requests: Requests, capsys: pytest.CaptureFixture[str]
) -> None:
    assert consumer_problems(snapshot, requests) == []
    assert "NO" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda t: t.orders.pop("double"), "orders table has not received double"),
        (lambda t: t.provider_entries.pop(0), "payment provider has not received plain"),
        (lambda t: t.ledger.pop(0), "finance has not received plain"),
        (lambda t: t.reservations.pop("plain"), "warehouse has not received plain"),
        (lambda t: t.reservations.update(till={}), "warehouse has unexpectedly received till"),
        (lambda t: t.delivered_notices.pop(0), "customer service has not received plain"),
    ],
)
def test_report_names_a_consumer_with_missing_or_unexpected_orders(
    snapshot: Any, requests: Requests, change: Any, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(snapshot)

    problems = consumer_problems(snapshot, requests)

    assert problem in problems
    assert "NO" in capsys.readouterr().out


def test_report_names_an_order_with_an_unexpected_status(snapshot: Any, requests: Requests) -> None:
    snapshot.orders["plain"]["status"] = "shipped"
    snapshot.orders.pop("double")
    snapshot.orders["till"]["status"] = "placed"

    assert report.print_and_check_outcomes(snapshot, requests) == [
        "plain (paid, shipped, delivered) ended as shipped (no cancel reason)",
        "double (charged twice: the second charge was refunded) is not in the table",
        "till orders: 1 placed; expected 1 delivered",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: s.invalid_requests.append((NAN_REQUEST, PROBLEM_202)), "NaN: got status 202, expected 400"),
        (lambda s: s.invalid_requests.append((NAN_REQUEST, EMPTY_400)), "NaN: the response is not a problem document"),
        (lambda s: s.rejected_till_rows.clear(), "the till file's report does not name the invalid rows"),
        (
            lambda s: s.rejected_orders.append((Order("c", "key-9", {}), response(503, title="Unavailable"))),
            "a valid order (key-9) was rejected with 503: {'title': 'Unavailable'}",
        ),
        (
            lambda s: setattr(s, "retry_pair", (s.retry_pair[0], OTHER_ORDER_RESPONSE)),
            "the repeated request got a different response: 202 {'order_id': 'x'}",
        ),
        (
            lambda s: setattr(s, "retry_pair", (PROBLEM_202, EMPTY_400)),
            "the repeated request got a different response: 400 {}",
        ),
    ],
)
def test_report_names_an_unexpected_response(requests: Requests, change: Any, problem: str) -> None:
    change(requests)

    assert report.print_and_check_rejections(requests) == [problem]


def demo_run(requests: Requests) -> Any:
    return SimpleNamespace(requests=requests, environment=None, count=60, seed=7)


@pytest.fixture
def traced_functions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions in the trace; a test removes functions from this list to make the trace incomplete."""
    functions = list(FUNCTIONS)
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

    def read(_: object, order_id: str) -> Trace:
        return Trace(order_id, {}, tuple(TraceStep(at, name, "Done", {}) for name in functions), "delivered")

    monkeypatch.setattr(trace, "read", read)
    return functions


def test_report_names_functions_missing_from_the_trace(requests: Requests, traced_functions: list[str]) -> None:
    for name in FUNCTIONS[5:]:
        traced_functions.remove(name)

    assert report.print_and_check_trace(demo_run(requests)) == ["the trace of plain lacks customer_service, webhooks"]


def test_run_without_problems_succeeds(requests: Requests, capsys: pytest.CaptureFixture[str]) -> None:
    code = report.print_result(demo_run(requests), Report(12, {}, {}, []), [])

    output = capsys.readouterr().out
    assert code == 0
    assert "Everything arrived: 3 orders settled, 0 lost, 0 duplicate effects." in output
    assert "orderflow trace double" in output


@pytest.mark.usefixtures("traced_functions")
@pytest.mark.parametrize("problems", [([f"{ORDER_ID}: paid with 0 kept"], []), ([], [f"{ORDER_ID} ended as shipped"])])
def test_failed_run_names_order_and_seed(requests: Requests, problems: Any, capsys: pytest.CaptureFixture[str]) -> None:
    violations, other_problems = problems

    code = report.print_result(demo_run(requests), Report(12, {}, {}, violations), other_problems)

    output = capsys.readouterr()
    assert code == 1
    assert [*violations, *other_problems][0] in output.err
    assert f"Trace of {ORDER_ID}" in output.out
    assert "demo --orders 60 --seed 7" in output.out
    assert "FAILED: 1 problem, see above." in output.out
    assert "Everything arrived" not in output.out
