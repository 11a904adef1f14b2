"""Records which notices were sent for an order: one item per order in the cases table, with `case_id` `notices`.

`attempted` is the highest version whose notice may have been sent, `told` the highest whose notice was sent, with its
`stage`; `sent` and `skipped` map versions to kinds. While a notice is being sent, the item has a lease, so that two
concurrent deliveries of a message send one notice. A notice that was published but not recorded, because the function
was killed or the response lost, is published again after the lease expires and counted as `NoticesResumed`. Versions
older than `attempted` are skipped, and so are the stages that a restored order repeats."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item, to_item
from common.errors import TransientError
from common.observability import count
from contracts import times
from customer_service.notices import Notice
from customer_service.write import raise_unless_condition_failed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NOTICES_CASE_ID = "notices"
# A lease ends this much later than its invocation can, so the holder of an expired lease has ended.
LEASE_MARGIN = timedelta(seconds=5)
_SEND_CONDITION = (
    "(attribute_not_exists(told) OR told < :version) "
    "AND (attribute_not_exists(attempted) OR attempted <= :version) "
    "AND (attribute_not_exists(stage) OR stage < :stage) "
    "AND (attribute_not_exists(attempted_stage) OR attempted_stage <= :stage) "
    "AND (attribute_not_exists(lease_until) OR lease_until < :now)"
)


class SentNotices:
    """The `notices` items, one per order; every write is conditional. The module docstring describes the attributes."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def acquire_lease(self, notice: Notice, now: datetime, remaining_ms: int) -> bool:
        """Acquire the lease to send a notice; return False if it was already sent, or a newer one may have been.

        The lease lasts longer than the invocation, which Lambda ends after `remaining_ms`.

        Raises:
            TransientError: `notice_leased` (another invocation holds the lease of the order) or `table_unavailable`."""
        # The first version creates the item. If a later version finds no item, notices of an earlier release may exist.
        lease_expires_at = now + timedelta(milliseconds=remaining_ms) + LEASE_MARGIN
        lease_values = {":now": times.to_text(now), ":until": times.to_text(lease_expires_at)}
        item = self._write_lease(notice, lease_values, "" if notice.version == 1 else "attribute_exists(case_id) AND ")
        if item == {}:
            self._create(notice.order_id)
            item = self._write_lease(notice, lease_values, "")
        if item is None:
            return True
        newest_version = max(item.get("told", 0), item.get("attempted", 0))
        is_repeated_stage = item.get("stage", -1) >= notice.stage or item.get("attempted_stage", -1) > notice.stage
        if newest_version > notice.version or (newest_version < notice.version and is_repeated_stage):
            self._skip(notice)
        elif item.get("told") != notice.version:
            raise TransientError("notice_leased", "another invocation is sending a notice for this order")
        return False

    def _write_lease(self, notice: Notice, lease_values: dict[str, str], extra_condition: str) -> dict[str, Any] | None:
        """Return None on success, otherwise the item that failed the condition."""
        result = self._update(
            notice.order_id,
            "SET attempted = :version, attempted_stage = :stage, lease_until = :until, "
            "sent = if_not_exists(sent, :none), skipped = if_not_exists(skipped, :none)",
            extra_condition + _SEND_CONDITION,
            {":version": notice.version, ":stage": notice.stage, ":none": {}, **lease_values},
        )
        if isinstance(result, _FailedCondition):
            return result.item
        if "lease_until" in result and (
            notice.version == result["attempted"] or notice.stage == result.get("attempted_stage")
        ):
            count("NoticesResumed")
        return None

    def release_lease(self, notice: Notice) -> None:
        """Release the lease of a notice that was not sent."""
        self._update(notice.order_id, "REMOVE lease_until", "attempted = :version", {":version": notice.version})

    def record(self, notice: Notice) -> None:
        """Record that the notice was sent."""
        self._update(
            notice.order_id,
            "SET told = :version, stage = :stage, sent.#version = :kind REMOVE lease_until",
            "attempted = :version",
            {":version": notice.version, ":stage": notice.stage, ":kind": notice.kind},
            {"#version": str(notice.version)},
        )

    def _skip(self, notice: Notice) -> None:
        self._update(
            notice.order_id,
            "SET skipped.#version = :kind",
            "attribute_not_exists(sent.#version)",
            {":kind": notice.kind},
            {"#version": str(notice.version)},
        )

    def _create(self, order_id: str) -> None:
        """Create the item from the records of an earlier release, which wrote an item `notice#<version>` per notice."""
        values = to_item({":order": order_id, ":notice": "notice#", ":sent": True})
        try:
            response = self._client.query(
                TableName=self._table_name,
                KeyConditionExpression="order_id = :order AND begins_with(case_id, :notice)",
                FilterExpression="sent = :sent",
                ExpressionAttributeValues=values,
                ConsistentRead=True,
            )
            version = max((int(item["version"]["N"]) for item in response["Items"]), default=0)
            self._client.put_item(
                TableName=self._table_name,
                Item=to_item(
                    {"order_id": order_id, "case_id": NOTICES_CASE_ID, "told": version, "sent": {}, "skipped": {}}
                ),
                ConditionExpression="attribute_not_exists(case_id)",
            )
        except (BotoCoreError, ClientError) as error:
            raise_unless_condition_failed(error)

    def _update(
        self, order_id: str, change: str, condition: str, values: dict[str, Any], names: dict[str, str] | None = None
    ) -> "dict[str, Any] | _FailedCondition":
        """Return the item before the update, or the item that failed the condition."""
        name_arguments: Any = {"ExpressionAttributeNames": names} if names else {}
        try:
            result = self._client.update_item(
                TableName=self._table_name,
                Key=to_item({"order_id": order_id, "case_id": NOTICES_CASE_ID}),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
                **name_arguments,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (BotoCoreError, ClientError) as error:
            raise_unless_condition_failed(error)
            response: Any = error.response if isinstance(error, ClientError) else {}
            return _FailedCondition(from_item(response.get("Item", {})))
        before: Any = result.get("Attributes", {})
        return from_item(before)


class _FailedCondition:
    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item
