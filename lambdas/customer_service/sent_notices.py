"""Records which notices were sent for an order: one item per order in the cases table, `case_id` is `notices`.

`attempted` is the highest version whose notice may have gone out, `told` the highest whose did, `stage` how far it is;
`sent` and `skipped` map versions to kinds. While a notice is being sent the item carries a lease, so that one message
delivered twice at once is one notice. What is published and not recorded, by a kill or a lost answer, is published
again when the lease is over, and counted as `NoticesResumed`. An older version than was attempted is not sent any more,
nor is what a restored order goes through once more, on its way to what was told or attempted."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item, to_item
from common.errors import TransientError
from common.observability import count
from contracts import times
from customer_service.notices import Notice
from customer_service.write import refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NOTICES = "notices"
# Longer than an invocation can run: an expired lease belongs to a killed one.
LEASE = timedelta(seconds=60)
_TO_BE_SENT = (
    "(attribute_not_exists(told) OR told < :version) "
    "AND (attribute_not_exists(attempted) OR attempted <= :version) "
    "AND (attribute_not_exists(stage) OR stage < :stage) "
    "AND (attribute_not_exists(attempted_stage) OR attempted_stage <= :stage) "
    "AND (attribute_not_exists(lease_until) OR lease_until < :now)"
)


class SentNotices:
    """The items of sent notices; every write is conditional. See the module for the attributes."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def lease(self, notice: Notice, now: datetime) -> bool:
        """Acquire the lease to send a notice; returns False if it, or a newer one, was already sent.

        Raises:
            TransientError: `notice_leased`, while another invocation sends one for this order; `table_unavailable`."""
        # The first version creates the item. A later one without an item checks for notices of an earlier release.
        found = self._lease(notice, now, "" if notice.version == 1 else "attribute_exists(case_id) AND ")
        if found == {}:
            self._create(notice.order_id)
            found = self._lease(notice, now, "")
        if found is None:
            return True
        newest = max(found.get("told", 0), found.get("attempted", 0))
        came_further = found.get("stage", -1) >= notice.stage or found.get("attempted_stage", -1) > notice.stage
        if newest > notice.version or (newest < notice.version and came_further):
            self._skip(notice)
        elif found.get("told") != notice.version:
            raise TransientError("notice_leased", "another invocation is sending this notice")
        return False

    def _lease(self, notice: Notice, now: datetime, exists: str) -> dict[str, Any] | None:
        """Return None on success, else the item that failed the condition."""
        lease = {":now": times.to_text(now), ":until": times.to_text(now + LEASE)}
        answer = self._update(
            notice.order_id,
            "SET attempted = :version, attempted_stage = :stage, lease_until = :until, "
            "sent = if_not_exists(sent, :none), skipped = if_not_exists(skipped, :none)",
            exists + _TO_BE_SENT,
            {":version": notice.version, ":stage": notice.stage, ":none": {}, **lease},
        )
        if isinstance(answer, _Refused):
            return answer.item
        if "lease_until" in answer and (
            notice.version == answer["attempted"] or notice.stage == answer.get("attempted_stage")
        ):
            count("NoticesResumed")
        return None

    def release(self, notice: Notice) -> None:
        """Release the lease: the notice was not sent."""
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
        """Create the item from an earlier release's records: an item `notice#<version>` for each notice."""
        values = to_item({":order": order_id, ":notice": "notice#", ":sent": True})
        try:
            found = self._client.query(
                TableName=self._table_name,
                KeyConditionExpression="order_id = :order AND begins_with(case_id, :notice)",
                FilterExpression="sent = :sent",
                ExpressionAttributeValues=values,
                ConsistentRead=True,
            )
            told = max((int(item["version"]["N"]) for item in found["Items"]), default=0)
            self._client.put_item(
                TableName=self._table_name,
                Item=to_item({"order_id": order_id, "case_id": NOTICES, "told": told, "sent": {}, "skipped": {}}),
                ConditionExpression="attribute_not_exists(case_id)",
            )
        except (BotoCoreError, ClientError) as error:
            refused(error)

    def _update(
        self, order_id: str, change: str, condition: str, values: dict[str, Any], names: dict[str, str] | None = None
    ) -> "dict[str, Any] | _Refused":
        """Return the item before the update, or the item that fails the condition."""
        naming: Any = {"ExpressionAttributeNames": names} if names else {}
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=to_item({"order_id": order_id, "case_id": NOTICES}),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item(values),
                **naming,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (BotoCoreError, ClientError) as error:
            refused(error)
            response: Any = error.response if isinstance(error, ClientError) else {}
            return _Refused(from_item(response.get("Item", {})))
        before: Any = answer.get("Attributes", {})
        return from_item(before)


class _Refused:
    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item
