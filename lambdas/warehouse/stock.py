"""The stock table: `sku#<sku>` has the available quantity, `order#<order id>` the reservation for an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item, to_item
from common.errors import PermanentError, TransientError
from common.observability import count
from common.publisher import RetryPolicy
from warehouse.plan import Move, ReservationChanged
from warehouse.reservation import Decision, Line, Missing, Reservation, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# If many orders need the same SKU, DynamoDB accepts one of the concurrent transactions and rejects the others.
# Transactions are short, so the first delays are short too.
BUSY_RETRY = RetryPolicy(attempts=10, base_ms=10, cap_ms=500)
_CONDITION = "ConditionalCheckFailed"
# The error codes of a single write, as cancellation reasons of a transaction.
_PUT_REASONS = {"ConditionalCheckFailedException": _CONDITION, "TransactionConflictException": "TransactionConflict"}
# Cancellation reasons of a transaction that are unrelated to the order.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TRANSIENT_CODES = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class Stock:
    """Reads reservations and makes moves, each as one conditional write."""

    def __init__(self, client: "DynamoDBClient", table_name: str, busy: RetryPolicy = BUSY_RETRY) -> None:
        self._client = client
        self._table_name = table_name
        self._busy = busy

    def read(self, order_id: str) -> Reservation | None:
        """Return the reservation of an order, strongly consistent.

        Raises:
            TransientError: `table_unavailable`."""
        key = _reservation_key(order_id)
        try:
            response = self._client.get_item(TableName=self._table_name, Key=key, ConsistentRead=True)
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from error
        return _reservation(from_item(response["Item"])) if "Item" in response else None

    def make(self, move: Move, remaining_ms: Callable[[], int]) -> tuple[Missing, ...]:
        """Make the move and return an empty tuple, or change nothing and return the missing stock.

        Raises:
            ReservationChanged: the reservation has changed since the move was planned.
            TransientError: `stock_busy`, if every attempt conflicted with another transaction; `table_unavailable`.
            PermanentError: `stock_unusable`, if an item of the table is invalid."""
        actions = self._actions(move)
        for attempt in range(self._busy.attempts):
            try:
                self._send(actions)
            except (BotoCoreError, ClientError) as error:
                missing = _missing(move, _cancellation_reasons(error))
            else:
                return ()
            if missing:
                return missing
            count("StockConflicts")
            delay = self._busy.delay_ms(attempt)
            if attempt + 1 == self._busy.attempts or remaining_ms() - delay < self._busy.margin_ms:
                break
            self._busy.sleep(delay / 1000)
        raise TransientError("stock_busy", f"other orders changed the same stock during {attempt + 1} attempts")

    def _send(self, actions: "list[TransactWriteItemTypeDef]") -> None:
        if len(actions) == 1:  # a single write costs half as much as a transaction
            self._client.put_item(**actions[0]["Put"])
        else:
            self._client.transact_write_items(TransactItems=actions)

    def _actions(self, move: Move) -> "list[TransactWriteItemTypeDef]":
        return [self._write(move), *map(self._take, move.takes), *map(self._give_back, move.returns)]

    def _write(self, move: Move) -> "TransactWriteItemTypeDef":
        item = to_item({**asdict(move.after), "state": move.after.state.value})
        item |= _reservation_key(move.after.order_id)
        if move.before is None:
            new = "attribute_not_exists(pk)"
            return {"Put": {"TableName": self._table_name, "Item": item, "ConditionExpression": new}}
        values = {":before": {"N": str(move.before.revision)}, ":state": {"S": move.before.state.value}}
        return {
            "Put": {
                "TableName": self._table_name,
                "Item": item,
                "ConditionExpression": "revision = :before AND #state = :state",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": values,
            }
        }

    def _take(self, line: Line) -> "TransactWriteItemTypeDef":
        values = {":quantity": {"N": str(line.quantity)}, ":difference": {"N": str(-line.quantity)}}
        return {
            "Update": {
                "TableName": self._table_name,
                "Key": {"pk": {"S": f"sku#{line.sku}"}},
                # Also false for a SKU that is not in the table.
                "ConditionExpression": "available >= :quantity",
                "UpdateExpression": "ADD available :difference",
                "ExpressionAttributeValues": values,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _give_back(self, line: Line) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self._table_name,
                "Key": {"pk": {"S": f"sku#{line.sku}"}},
                "UpdateExpression": "ADD available :quantity",
                "ExpressionAttributeValues": {":quantity": {"N": str(line.quantity)}},
            }
        }


def _cancellation_reasons(error: BotoCoreError | ClientError) -> Sequence[Mapping[str, Any]]:
    """Return one reason per action, in order; raise TransientError if the call failed for another reason."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if isinstance(error, ClientError) and code == "TransactionCanceledException":
        return error.response["CancellationReasons"]
    if code in _PUT_REASONS:
        return [{"Code": _PUT_REASONS[code]}]
    raise _unavailable(error) from error


def _unavailable(error: BotoCoreError | ClientError) -> TransientError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return TransientError("table_unavailable", code)


def _missing(move: Move, reasons: Sequence[Mapping[str, Any]]) -> tuple[Missing, ...]:
    """Return the missing stock of a cancelled transaction; empty if a retry can succeed."""
    codes = [reason.get("Code", "None") for reason in reasons]
    if codes[0] == _CONDITION:
        raise ReservationChanged
    # One failed condition is enough to reject: it was checked against committed stock, whatever else conflicted.
    missing = tuple(
        Missing(line.sku, line.quantity, _available(reason))
        for line, reason in zip(move.takes, reasons[1:], strict=False)
        if reason.get("Code") == _CONDITION
    )
    unexpected = {*codes} - _TRANSIENT_CODES - {_CONDITION, "None"}
    if not missing and unexpected:
        raise PermanentError("stock_unusable", f"the transaction was cancelled for {', '.join(sorted(unexpected))}")
    return missing


def _available(reason: Mapping[str, Any]) -> int:
    """Return the available quantity; 0 for a SKU that is not in the stock table."""
    return max(0, int(reason.get("Item", {}).get("available", {}).get("N", "0")))


def _reservation_key(order_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"order#{order_id}"}}


def _reservation(item: Mapping[str, Any]) -> Reservation:
    lines = tuple(Line(**line) for line in item["lines"])
    missing = tuple(Missing(**missing) for missing in item["missing"])
    decision = None if item["decision"] is None else Decision(**item["decision"])
    state, taken, revision = State(item["state"]), item["taken"], item["revision"]
    return Reservation(item["order_id"], state, lines, taken, revision, missing, decision)
