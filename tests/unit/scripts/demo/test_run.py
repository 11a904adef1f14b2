"""What the demo promises about an order is what it has told the payment provider."""

from types import SimpleNamespace
from typing import Any

import pytest

from orderflow_cli.demo import run, storefront
from orderflow_cli.demo.run import Course
from orderflow_cli.demo.storefront import Answer
from orderflow_cli.demo.traffic import Order


class Cloud:
    """Takes every order, delivers it at once, and keeps what happened in order."""

    def __init__(self) -> None:
        self.happened: list[tuple[str, Any]] = []
        self.simulators = SimpleNamespace(call=lambda *call: self.happened.append(("told", call[-1])))

    def outputs(self) -> dict[str, str]:
        return {"storefront_api_id": "api", "orders_table_name": "orders"}

    def http_api_url(self, api_id: str) -> str:
        return f"http://127.0.0.1/{api_id}"

    def client(self, _: str) -> Any:
        return SimpleNamespace(get_item=lambda **_: {"Item": {"status": {"S": "delivered"}}})

    def place(self, _: str, order: Order) -> Answer:
        found = Course._order_id(order)
        self.happened.append(("placed", found))
        return Answer(202, {}, {"order_id": found}, 0.0, 1.0)


def test_warm_up_order_is_paid_when_the_provider_would_have_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud()
    monkeypatch.setattr(storefront, "place", cloud.place)

    course = run.Course(cloud, 1, 1)  # type: ignore[arg-type]
    course.warm_up()

    (order_id,) = course.sent.placed
    assert cloud.happened == [("told", {order_id: "capture"}), ("placed", order_id)]
