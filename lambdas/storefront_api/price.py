"""Prices order lines. To load prices from elsewhere, replace `Catalog.load` and keep `price`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from common.http_api import FieldError, Problem
from storefront_api.problem import INVALID_ORDER

if TYPE_CHECKING:
    from contracts.generated.types import Money, OrderLine, OrderRequestLinesItem

CATALOG_FILE = Path(__file__).with_name("catalog.json")


class Item(TypedDict):
    """One item for sale; `unit_price` is in minor units of the catalog's currency."""

    name: str
    unit_price: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """All items for sale, by SKU, in one currency."""

    currency: str
    items: Mapping[str, Item]

    @classmethod
    def load(cls, path: Path = CATALOG_FILE) -> "Catalog":
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["currency"], content["items"])

    def price(self, lines: "Sequence[OrderRequestLinesItem]") -> "tuple[list[OrderLine], Money]":
        """Return the lines with names and prices, and their total.

        Raises:
            Problem: 422 with one error per line whose SKU is not for sale, or if the total is 0."""
        sku_errors = [
            FieldError(f"lines[{number}].sku", "must be a SKU in the catalog")
            for number, line in enumerate(lines)
            if line["sku"] not in self.items
        ]
        if sku_errors:
            raise Problem(INVALID_ORDER, "Some items are not for sale.", sku_errors)
        priced_lines: list[OrderLine] = [
            {"sku": line["sku"], "quantity": line["quantity"], **self.items[line["sku"]]} for line in lines
        ]
        amount = sum(line["quantity"] * line["unit_price"] for line in priced_lines)
        if amount == 0:
            errors = [FieldError("lines", "must contain an item with a price above 0")]
            raise Problem(INVALID_ORDER, "An order with only free items cannot be paid.", errors)
        return priced_lines, {"amount": amount, "currency": self.currency}
