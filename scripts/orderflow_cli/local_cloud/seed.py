"""The initial data of the local cloud: stock and webhook secrets.

On AWS an inventory system provides the stock, and operators the secrets (`docs/runbooks/rotate-webhook-secrets.md`);
locally `up` adds both. It adds stock only for SKUs without an item, so a second run changes no stock."""

import itertools
import json
import secrets
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT

CATALOG_FILE = ROOT / "lambdas" / "storefront_api" / "catalog.json"
STOCK_PER_SKU = 1_000_000
SOLD_OUT_STOCK = 0


def prices() -> dict[str, int]:
    """Return the unit prices of the catalog, in minor units, by SKU."""
    items = json.loads(CATALOG_FILE.read_text(encoding="utf-8"))["items"]
    return {sku: item["unit_price"] for sku, item in items.items()}


def sold_out_sku() -> str:
    """Return the catalog's only SKU without stock; orders for it are never delivered."""
    return max(prices())


def stocked_skus() -> list[str]:
    """Return the SKUs that are in stock."""
    return sorted(set(prices()) - {sold_out_sku()})


def initial_stock() -> dict[str, int]:
    """Return the initial quantities by SKU."""
    return {sku: SOLD_OUT_STOCK if sku == sold_out_sku() else STOCK_PER_SKU for sku in prices()}


def add_stock(dynamodb: Any, table: str) -> int:
    """Write the initial stock of the SKUs without an item; return the number of SKUs added."""
    quantities = {f"sku#{sku}": number for sku, number in initial_stock().items()}
    existing_keys: set[str] = set()
    for keys in itertools.batched(quantities, 100, strict=False):  # the limit of BatchGetItem
        request = {table: {"Keys": [{"pk": {"S": key}} for key in keys], "ProjectionExpression": "pk"}}
        existing_keys |= {item["pk"]["S"] for item in dynamodb.batch_get_item(RequestItems=request)["Responses"][table]}
    added_count = 0
    for key in quantities.keys() - existing_keys:
        try:
            dynamodb.put_item(
                TableName=table,
                Item={"pk": {"S": key}, "available": {"N": str(quantities[key])}},
                ConditionExpression="attribute_not_exists(pk)",
            )
            added_count += 1
        except dynamodb.exceptions.ConditionalCheckFailedException:
            continue
    return added_count


def store_secrets(secretsmanager: Any, secret_id: str, file: Path) -> dict[str, str]:
    """Store the webhook secrets, created in `file` on the first call; return them by simulator name."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        new_secrets = {name: secrets.token_urlsafe(32) for name in ("payment_provider", "carrier")}
        # Write atomically, because an incomplete file would break every later start.
        pending_file = file.with_suffix(".pending")
        pending_file.unlink(missing_ok=True)
        pending_file.touch(mode=0o600)
        pending_file.write_text(json.dumps(new_secrets), encoding="utf-8")
        pending_file.replace(file)
    current_secrets: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    value = json.dumps({name: {"current": secret} for name, secret in current_secrets.items()})
    secretsmanager.put_secret_value(SecretId=secret_id, SecretString=value)
    return current_secrets
