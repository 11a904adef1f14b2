"""Requests that a partner has not received are reported with the cause."""

from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.local_cloud.simulators import PAYMENT_PROVIDER, Simulators
from orderflow_cli.observe.partners import Partner, find_request_problems, read_partners
from tests.support.ports import free_port

PLACED_ORDER = {"order_id": "ord_1", "status": "placed"}
REFUND_ORDER = {"status": "refunding", "refunds": {"rfd_1": {"state": "due"}, "rfd_2": {"state": "due"}}}
PROVIDER_PROBLEM = "has not reached the payment provider, which refuses connections"
CARRIER_PROBLEM = PROVIDER_PROBLEM.replace("payment provider", "carrier")


def build_partners(*entries: dict[str, Any], problem: str = "") -> dict[str, Partner]:
    return {name: Partner(name.replace("_", " "), entries, problem) for name in ("payment_provider", "carrier")}


@pytest.mark.parametrize(
    ("order", "entries", "sentences"),
    [
        (PLACED_ORDER, [{"kind": "payment"}], []),
        (PLACED_ORDER, [], [f"PaymentRequested {PROVIDER_PROBLEM}"]),
        ({"status": "paid"}, [], []),
        (REFUND_ORDER, [{"kind": "refund", "refund_id": "rfd_2"}], [f"RefundRequested for rfd_1 {PROVIDER_PROBLEM}"]),
        ({"status": "shipped"}, [{"kind": "payment"}], [f"OrderShipped {CARRIER_PROBLEM}"]),
        ({"status": "shipped"}, [{"kind": "shipment"}], []),
    ],
)
def test_request_that_a_partner_has_not_received_is_reported(
    order: dict[str, Any], entries: list[dict[str, Any]], sentences: list[str]
) -> None:
    assert list(find_request_problems(order, build_partners(*entries, problem="refuses connections"))) == sentences


def test_book_of_a_stopped_partner_is_read(tmp_path: Path) -> None:
    simulators = Simulators(tmp_path, free_port() - PAYMENT_PROVIDER.port_offset)
    book = tmp_path / "payment_provider" / "book.jsonl"
    book.parent.mkdir()
    book.write_text('{"kind": "payment", "order_id": "ord_1"}\n{"kind": "payment", "order_id": "ord_2"}\n')

    provider = read_partners(simulators, "ord_1")["payment_provider"]

    assert provider.problem_clause == ", which refuses connections"
    assert [entry["order_id"] for entry in provider.entries] == ["ord_1"]
