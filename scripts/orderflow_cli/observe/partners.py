"""The records of the local cloud's partners, the payment provider and the carrier, about one order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.local_cloud.simulators import CARRIER, PAYMENT_PROVIDER, Simulator, Simulators

ENTRY_TITLES = {"payment": "Payment requested", "capture": "Payment captured", "refund": "Refund requested"}
ENTRY_TITLES |= {"shipment": "Shipment booked"}


@dataclass(frozen=True)
class Partner:
    """A partner and its records about one order. `problem`: why the partner cannot be reached; empty if it can."""

    name: str
    entries: tuple[Mapping[str, Any], ...]
    problem: str = ""

    def has_entry(self, kind: str, **fields: object) -> bool:
        return any(entry["kind"] == kind and fields.items() <= entry.items() for entry in self.entries)

    @property
    def problem_clause(self) -> str:
        """The problem as a relative clause: `, which refuses connections`; empty if there is none."""
        return f", which {self.problem}" if self.problem else ""


def read_partners(simulators: Simulators, order_id: str) -> dict[str, Partner]:
    """Return the partners with their records about the order, by simulator name."""
    partners = {}
    for one in (PAYMENT_PROVIDER, CARRIER):
        entries = tuple(simulators.entries(one, order_id))
        partners[one.name] = Partner(one.name.replace("_", " "), entries, find_problem(simulators, one))
    return partners


def find_problem(simulators: Simulators, simulator: Simulator) -> str:
    """Return why a partner cannot be reached; empty if it can."""
    try:
        simulators.call(simulator, "GET", "/health")
    except UserError as error:
        cause = getattr(error.__cause__, "reason", error.__cause__)
        return "refuses connections" if isinstance(cause, ConnectionRefusedError) else "does not answer"
    return ""


def find_request_problems(order: Mapping[str, Any], partners: Mapping[str, Partner]) -> Iterator[str]:
    """Yield a sentence for each request that the order's state requires but that the partner has not recorded."""
    provider, carrier = partners[PAYMENT_PROVIDER.name], partners[CARRIER.name]
    if order["status"] == "placed" and not provider.has_entry("payment"):
        yield f"PaymentRequested has not reached the {provider.name}{provider.problem_clause}"
    for refund_id, refund in order.get("refunds", {}).items():
        if refund["state"] == "due" and not provider.has_entry("refund", refund_id=refund_id):
            yield f"RefundRequested for {refund_id} has not reached the {provider.name}{provider.problem_clause}"
    if order["status"] == "shipped" and not carrier.has_entry("shipment"):
        yield f"OrderShipped has not reached the {carrier.name}{carrier.problem_clause}"
