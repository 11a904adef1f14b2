"""Turns the orders of a customer into tombstones, and computes how long other stores keep copies.

An order's item is removed only when it expires: without it, a late event would place the order again."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.attribute_values import from_item, to_attribute_value
from common.order_item import FINAL_STATUSES, tombstone
from contracts import times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters import sources

BUYER_INDEX = "buyer"
DEAD_LETTER_DAYS = 14
# Claims expire as storefront_api/place.py says; AWS sets the other two:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
CLAIM_DAYS, STREAM_DAYS, BACKUP_DAYS = 30, 1, 35


@dataclass(frozen=True)
class Order:
    """An order of the customer; `why` is what prevents its erasure, None if nothing does."""

    item: dict[str, Any]
    why: str | None

    @property
    def order_id(self) -> str:
        return str(self.item["order_id"])


@dataclass(frozen=True)
class Store:
    """A store that may still contain an order's personal data; `until` is None if the data does not expire there."""

    name: str
    until: datetime | None


def table_of(cloud: Cloud) -> str:
    return cloud.parameter("orders_table_arn").rpartition("/")[2]


def orders_of(cloud: Cloud, customer: str) -> Iterator[Order]:
    """Yield the customer's orders that are not erased yet, as stored in the table."""
    client, table = cloud.client("dynamodb"), table_of(cloud)
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=BUYER_INDEX,
        KeyConditionExpression="buyer = :buyer",
        ExpressionAttributeValues={":buyer": {"S": customer}},
    )
    for entry in (entry for page in pages for entry in page["Items"]):
        found = client.get_item(TableName=table, Key={"order_id": entry["order_id"]}, ConsistentRead=True).get("Item")
        item = from_item(found) if found else {}
        if item.get("buyer") == customer:
            yield Order(item, _reason_to_skip(item))


def _reason_to_skip(item: dict[str, Any]) -> str | None:
    if item["status"] not in FINAL_STATUSES:
        return f"it is {item['status']}"
    due = [refund for refund in item["refunds"].values() if refund["state"] == "due"]
    return "a refund is due" if due or "expires_at" not in item else None


def erase(cloud: Cloud, order: Order, now: datetime) -> bool:
    """Write the tombstone; return False if the order has changed meanwhile and must be read again."""
    client, before = cloud.client("dynamodb"), order.item
    at = times.to_text(now)
    after = {**tombstone(before), "erased_at": at, "updated_at": at, "version": before["version"] + 1}
    changed = {name: value for name, value in after.items() if name != "order_id" and value != before.get(name)}
    removed = sorted(before.keys() - after.keys())
    names = {f"#{number}": name for number, name in enumerate([*changed, *removed])}
    marks = {name: mark for mark, name in names.items()}
    values = {f":{marks[name][1:]}": to_attribute_value(value) for name, value in changed.items()}
    sets = ", ".join(f"{marks[name]} = :{marks[name][1:]}" for name in changed)
    removes = f" REMOVE {', '.join(marks[name] for name in removed)}" if removed else ""
    try:
        client.update_item(
            TableName=table_of(cloud),
            Key={"order_id": {"S": order.order_id}},
            UpdateExpression=f"SET {sets}{removes}",
            ConditionExpression=f"{marks['version']} = :before",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={**values, ":before": {"N": str(before["version"])}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def stores(cloud: Cloud, now: datetime) -> list[Store]:
    """Return the stores that may contain copies, and when these expire in the environment's current configuration."""

    def after(name: str, days: float | None) -> Store:
        return Store(name, None if not days else now + timedelta(days=days))

    events = cloud.client("events").describe_archive(ArchiveName=cloud.parameter("archive_name"))
    logs = cloud.client("logs").get_paginator("describe_log_groups")
    pages = logs.paginate(logGroupNamePrefix=f"/aws/lambda/{cloud.prefix}-")
    groups = [group for page in pages for group in page["logGroups"]]
    kept = max((group.get("retentionInDays", math.inf) for group in groups), default=0)
    buckets = {one.container for one in sources.read(cloud) if one.kind == "bucket"}
    return [
        after("claims of Idempotency-Keys (a hash of the request)", CLAIM_DAYS),
        after("stream of the orders table", STREAM_DAYS),
        after("point-in-time recovery of the orders table", BACKUP_DAYS),
        after("archive of the bus", events.get("RetentionDays")),
        after("queues, and dead-letter queues behind them", 2 * DEAD_LETTER_DAYS),
        after("logs of the functions", None if kept == math.inf else kept),
        *(after(f"bucket {bucket}", _expiry_days(cloud, bucket)) for bucket in sorted(buckets)),
    ]


def _expiry_days(cloud: Cloud, bucket: str) -> float | None:
    """Return the longest expiry in the bucket's lifecycle rules, including noncurrent versions; None without one."""
    client = cloud.client("s3")
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return None
    days = [rule["Expiration"]["Days"] for rule in rules if "Days" in rule.get("Expiration", {})]
    old = [rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 0) for rule in rules]
    return max(days) + max(old, default=0) if days else None
