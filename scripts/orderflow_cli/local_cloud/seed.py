"""Initial data of an empty environment: stock and the secrets of the webhooks.

On AWS both come from elsewhere (a goods-in system; `docs/runbooks/rotate-webhook-secrets.md`); locally they are put
there by `up`. Stock is only ever set where a SKU has none yet, so that running it again changes nothing."""

import itertools
import json
import secrets
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT

CATALOG = ROOT / "lambdas" / "storefront_api" / "catalog.json"
PIECES = 1_000_000
SOLD_OUT = 0


def catalog() -> dict[str, int]:
    """Return the unit price in minor units by SKU."""
    items = json.loads(CATALOG.read_text(encoding="utf-8"))["items"]
    return {sku: item["unit_price"] for sku, item in items.items()}


def sold_out_sku() -> str:
    """Return the one SKU of the catalog that is never in stock, so that every run can show a rejected order."""
    return max(catalog())


def in_stock() -> list[str]:
    """Return the SKUs that are in stock."""
    return sorted(set(catalog()) - {sold_out_sku()})


def initial_stock() -> dict[str, int]:
    """Return the initial quantity by SKU."""
    return {sku: SOLD_OUT if sku == sold_out_sku() else PIECES for sku in catalog()}


def stock(dynamodb: Any, table: str) -> int:
    """Write the initial stock; returns how many SKUs were new."""
    pieces = {f"sku#{sku}": number for sku, number in initial_stock().items()}
    known: set[str] = set()
    for keys in itertools.batched(pieces, 100, strict=False):  # the limit of BatchGetItem
        asked = {table: {"Keys": [{"pk": {"S": key}} for key in keys], "ProjectionExpression": "pk"}}
        known |= {item["pk"]["S"] for item in dynamodb.batch_get_item(RequestItems=asked)["Responses"][table]}
    new = 0
    for key in pieces.keys() - known:
        try:
            dynamodb.put_item(
                TableName=table,
                Item={"pk": {"S": key}, "available": {"N": str(pieces[key])}},
                ConditionExpression="attribute_not_exists(pk)",
            )
            new += 1
        except dynamodb.exceptions.ConditionalCheckFailedException:
            continue
    return new


def webhook_secrets(secretsmanager: Any, secret_id: str, kept: Path) -> dict[str, str]:
    """Create a secret for each caller of the webhooks, once per local cloud, kept in ``kept``; returned by caller."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = {name: secrets.token_urlsafe(32) for name in ("payment_provider", "carrier")}
        # Write atomically: half a file would break every later start.
        pending = kept.with_suffix(".pending")
        pending.unlink(missing_ok=True)
        pending.touch(mode=0o600)
        pending.write_text(json.dumps(made), encoding="utf-8")
        pending.replace(kept)
    current: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    value = json.dumps({name: {"current": secret} for name, secret in current.items()})
    secretsmanager.put_secret_value(SecretId=secret_id, SecretString=value)
    return current
