"""The cases table: partition key `order_id`, sort key `case_id`.

A case changes from open to closed and never back. The item `notices` belongs to `customer_service.sent_notices`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import to_attribute_value, to_item
from common.errors import TransientError
from customer_service.cases import Case

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

OPEN = "open"
CLOSED = "closed"


class Cases:
    """The cases table; each write is conditional on the item, so that no read is needed before it."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def write(self, cases: Iterable[Case], changed_at: str) -> list[Case]:
        """Open and close cases; return those that changed. `changed_at` is the time of the order's change."""
        return [case for case in cases if (self._close if case.is_closed else self._open)(case, changed_at)]

    def _open(self, case: Case, changed_at: str) -> bool:
        item = {"order_id": case.order_id, "case_id": case.case_id, "kind": case.kind, **case.details}
        try:
            self._client.put_item(
                TableName=self._table_name,
                Item=to_item({**item, "state": OPEN, "opened_at": changed_at}),
                ConditionExpression="attribute_not_exists(case_id)",
            )
        except (BotoCoreError, ClientError) as error:
            raise_unless_condition_failed(error)
            return False
        return True

    def _close(self, case: Case, changed_at: str) -> bool:
        # Also writes a case that was never opened: the version that opens it may arrive later, and finds it closed.
        return self._update(
            {"order_id": case.order_id, "case_id": case.case_id},
            {"kind": case.kind, **case.details, "state": CLOSED, "closed_at": changed_at},
            condition="attribute_not_exists(case_id) OR #state = :open",
            values={":open": OPEN},
        )

    def _update(
        self, key: Mapping[str, str], attributes: Mapping[str, Any], condition: str, values: Mapping[str, Any]
    ) -> bool:
        names = {f"#{name}": name for name in attributes}
        assignments = ", ".join(f"#{name} = :new_{name}" for name in attributes)
        new_values = {f":new_{name}": to_attribute_value(value) for name, value in attributes.items()}
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=to_item(key),
                UpdateExpression=f"SET {assignments}",
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=new_values | to_item(values),
            )
        except (BotoCoreError, ClientError) as error:
            raise_unless_condition_failed(error)
            return False
        return True


def raise_unless_condition_failed(error: BotoCoreError | ClientError) -> None:
    """Raise a TransientError, `table_unavailable`, unless the error means that the condition of a write failed."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    if code != "ConditionalCheckFailedException":
        raise TransientError("table_unavailable", code) from error
