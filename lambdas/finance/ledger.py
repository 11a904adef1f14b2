"""The ledger: entries are appended once and never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item, to_item
from common.errors import PermanentError, TransientError
from finance.derive import LedgerEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# The identity of a movement of money; reports of it may differ in version and recording time.
_IDENTITY_FIELDS = ("kind", "amount", "currency", "payment_id")


class Ledger:
    """The table of ledger entries, with partition key `order_id` and sort key `entry_id`."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def append(self, entries: Iterable[LedgerEntry]) -> int:
        """Append the new entries and return their number.

        Raises:
            PermanentError: `ledger_conflict`, if the ledger has the entry with a different amount, currency or payment.
            TransientError: `table_unavailable`. Entries appended before stay, and the next attempt skips them."""
        return sum(self._append(entry) for entry in entries)

    def _append(self, entry: LedgerEntry) -> bool:
        try:
            self._client.put_item(
                TableName=self._table_name,
                Item=to_item(asdict(entry)),
                ConditionExpression="attribute_not_exists(entry_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "ConditionalCheckFailedException":
                raise TransientError("table_unavailable", code) from error
            response: Any = error.response  # the stubs lack the item of a failed condition
            _require_same_movement(entry, from_item(response["Item"]))
            return False
        except BotoCoreError as error:
            raise TransientError("table_unavailable", type(error).__name__) from error
        return True


def _require_same_movement(entry: LedgerEntry, stored_entry: Mapping[str, Any]) -> None:
    differing_fields = [name for name in _IDENTITY_FIELDS if stored_entry.get(name) != getattr(entry, name)]
    if differing_fields:
        names = " and ".join(differing_fields)
        raise PermanentError("ledger_conflict", f"{entry.entry_id} of {entry.order_id} already has a different {names}")
