"""Turns the orders of a customer into tombstones, and computes how long other stores keep copies.

An order's item is removed only when it expires, because without it a late event would place the order again."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.attribute_values import from_item, to_attribute_value
from common.order_item import FINAL_STATUSES, redact_order
from contracts import times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters import sources

BUYER_INDEX = "buyer"
DEAD_LETTER_RETENTION_DAYS = 14
# Claims: lambdas/storefront_api/place.py. Streams expire after a day, point-in-time recovery after at most 35 days:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
CLAIM_RETENTION_DAYS, STREAM_RETENTION_DAYS, BACKUP_RETENTION_DAYS = 30, 1, 35


@dataclass(frozen=True)
class Order:
    """An order of the customer; `skip_reason` says why it cannot be erased yet; None if it can."""

    item: dict[str, Any]
    skip_reason: str | None

    @property
    def order_id(self) -> str:
        return str(self.item["order_id"])


@dataclass(frozen=True)
class Store:
    """A store that may contain an order's personal data until `expires_at`; without limit if that is None."""

    name: str
    expires_at: datetime | None


def orders_table(cloud: Cloud) -> str:
    return cloud.parameter("orders_table_arn").rpartition("/")[2]


def find_customer_orders(cloud: Cloud, customer: str) -> Iterator[Order]:
    """Yield the customer's orders that are not erased yet, as stored in the table."""
    client, table = cloud.client("dynamodb"), orders_table(cloud)
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=BUYER_INDEX,
        KeyConditionExpression="buyer = :buyer",
        ExpressionAttributeValues={":buyer": {"S": customer}},
    )
    for key in (entry["order_id"] for page in pages for entry in page["Items"]):
        stored_item = client.get_item(TableName=table, Key={"order_id": key}, ConsistentRead=True).get("Item")
        item = from_item(stored_item) if stored_item else {}
        if item.get("buyer") == customer:
            yield Order(item, _find_skip_reason(item))


def _find_skip_reason(item: dict[str, Any]) -> str | None:
    if item["status"] not in FINAL_STATUSES:
        return f"it is {item['status']}"
    due_refunds = [refund for refund in item["refunds"].values() if refund["state"] == "due"]
    return "a refund is due" if due_refunds or "expires_at" not in item else None


def erase(cloud: Cloud, order: Order, now: datetime) -> bool:
    """Write the tombstone; return False if the order has changed in the meantime and must be read again."""
    client, item = cloud.client("dynamodb"), order.item
    erased_at = times.to_text(now)
    new_item = {**redact_order(item), "erased_at": erased_at, "updated_at": erased_at, "version": item["version"] + 1}
    changed_values = {name: value for name, value in new_item.items() if name != "order_id" and value != item.get(name)}
    removed_names = sorted(item.keys() - new_item.keys())
    names = {f"#{number}": name for number, name in enumerate([*changed_values, *removed_names])}
    placeholders = {name: placeholder for placeholder, name in names.items()}
    values = {f":{placeholders[name][1:]}": to_attribute_value(value) for name, value in changed_values.items()}
    set_clause = ", ".join(f"{placeholders[name]} = :{placeholders[name][1:]}" for name in changed_values)
    remove_clause = f" REMOVE {', '.join(placeholders[name] for name in removed_names)}" if removed_names else ""
    try:
        client.update_item(
            TableName=orders_table(cloud),
            Key={"order_id": {"S": order.order_id}},
            UpdateExpression=f"SET {set_clause}{remove_clause}",
            ConditionExpression=f"{placeholders['version']} = :old_version",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={**values, ":old_version": {"N": str(item["version"])}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def read_stores(cloud: Cloud, now: datetime) -> list[Store]:
    """Return the stores that may contain copies of erased data, with the latest time when a copy expires in each."""

    def store(name: str, days: float | None) -> Store:
        return Store(name, None if not days else now + timedelta(days=days))

    archive = cloud.client("events").describe_archive(ArchiveName=cloud.parameter("archive_name"))
    paginator = cloud.client("logs").get_paginator("describe_log_groups")
    pages = paginator.paginate(logGroupNamePrefix=f"/aws/lambda/{cloud.prefix}-")
    groups = [group for page in pages for group in page["logGroups"]]
    log_days = max((group.get("retentionInDays", math.inf) for group in groups), default=0)
    buckets = {one.container for one in sources.read(cloud) if one.kind == "bucket"}
    return [
        store("Idempotency-Key claims, each with a hash of the request", CLAIM_RETENTION_DAYS),
        store("stream of the orders table", STREAM_RETENTION_DAYS),
        store("point-in-time recovery of the orders table", BACKUP_RETENTION_DAYS),
        store("archive of the bus", archive.get("RetentionDays")),
        store("queues and their dead-letter queues", 2 * DEAD_LETTER_RETENTION_DAYS),
        store("logs of the functions", None if log_days == math.inf else log_days),
        *(store(f"bucket {bucket}", _read_expiry_days(cloud, bucket)) for bucket in sorted(buckets)),
    ]


def _read_expiry_days(cloud: Cloud, bucket: str) -> float | None:
    """Return the days until the bucket's lifecycle rules delete all versions of an object; None if they do not."""
    client = cloud.client("s3")
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return None
    days = [rule["Expiration"]["Days"] for rule in rules if "Days" in rule.get("Expiration", {})]
    noncurrent_days = [rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 0) for rule in rules]
    return max(days) + max(noncurrent_days, default=0) if days else None
