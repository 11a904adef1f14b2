"""The catalog that ships with the function can be sold from."""

from contracts import new_event, times
from contracts.ids import order_id
from storefront_api.price import Catalog
from tests.unit.storefront_api.doubles import order_body


def test_everything_can_be_ordered_when_it_is_in_the_catalog() -> None:
    catalog = Catalog.load()
    skus = sorted(catalog.items)

    for start in range(0, len(skus), 100):
        lines, total = catalog.price([{"sku": sku, "quantity": 999} for sku in skus[start : start + 100]])
        event = new_event(
            "OrderPlaced",
            {
                "order_id": order_id("online", "customer", str(start)),
                "customer_id": "customer",
                "channel": "web",
                "lines": lines,
                "total": total,
                "placed_at": times.now(),
                "request_hash": "0" * 64,
                "shipping_address": order_body()["shipping_address"],
            },
            producer="storefront_api",
            correlation_id="test",
        )
        assert event["data"]["total"]["amount"] == sum(999 * line["unit_price"] for line in lines)
