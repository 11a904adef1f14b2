"""The stock table: `sku#<sku>` holds the available quantity, `order#<order id>` the reservation for an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item, to_item
from common.errors import PermanentError, TransientError
from common.observability import count
from common.publisher import RetryPolicy
from warehouse.plan import ReservationChanged, Step
from warehouse.reservation import Decision, Line, Reservation, Shortage, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# If many orders need the same SKU, DynamoDB accepts one of the concurrent transactions and rejects the others.
# Transactions are short, so the first delays are short too.
CONFLICT_RETRY = RetryPolicy(max_attempts=10, base_ms=10, cap_ms=500)
_CONDITION_FAILED = "ConditionalCheckFailed"
# The error codes of a single write, as cancellation reasons of a transaction.
_REASONS_BY_ERROR_CODE = {f"{reason}Exception": reason for reason in (_CONDITION_FAILED, "TransactionConflict")}
# Cancellation reasons of a transaction that are unrelated to the order.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_TRANSIENT_CODES = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class Stock:
    """Reads reservations and applies steps, each as one conditional write."""

    def __init__(self, client: "DynamoDBClient", table_name: str, retry_policy: RetryPolicy = CONFLICT_RETRY) -> None:
        self._client = client
        self._table_name = table_name
        self._retry_policy = retry_policy

    def read(self, order_id: str) -> Reservation | None:
        """Return the reservation for an order, with a strongly consistent read.

        Raises:
            TransientError: `table_unavailable`."""
        key = _reservation_key(order_id)
        try:
            response = self._client.get_item(TableName=self._table_name, Key=key, ConsistentRead=True)
        except (BotoCoreError, ClientError) as error:
            raise _unavailable_error(error) from error
        return _parse_reservation(from_item(response["Item"])) if "Item" in response else None

    def apply_step(self, step: Step, remaining_ms: Callable[[], int]) -> tuple[Shortage, ...]:
        """Apply the step and return an empty tuple, or change nothing and return the missing stock.

        Raises:
            ReservationChanged: the reservation has changed since the step was planned.
            TransientError: `stock_busy`, if every attempt conflicted or was throttled; `table_unavailable`.
            PermanentError: `stock_unusable`, if an item of the table is invalid."""
        actions = self._build_actions(step)
        for attempt in range(self._retry_policy.max_attempts):
            try:
                self._send(actions)
            except (BotoCoreError, ClientError) as error:
                shortages = _find_shortages(step, _cancellation_reasons(error))
            else:
                return ()
            if shortages:
                return shortages
            count("StockConflicts")
            delay_ms = self._retry_policy.delay_ms(attempt)
            is_last = attempt + 1 == self._retry_policy.max_attempts
            if is_last or remaining_ms() - delay_ms < self._retry_policy.margin_ms:
                break
            self._retry_policy.sleep(delay_ms / 1000)
        raise TransientError("stock_busy", f"all {attempt + 1} attempts were throttled or conflicted with other writes")

    def _send(self, actions: "list[TransactWriteItemTypeDef]") -> None:
        if len(actions) == 1:  # a single write costs half as much as a transaction
            self._client.put_item(**actions[0]["Put"])
        else:
            self._client.transact_write_items(TransactItems=actions)

    def _build_actions(self, step: Step) -> "list[TransactWriteItemTypeDef]":
        updates = [*map(self._build_decrement, step.lines_to_take), *map(self._build_increment, step.lines_to_return)]
        return [self._build_put(step), *updates]

    def _build_put(self, step: Step) -> "TransactWriteItemTypeDef":
        item = to_item({**asdict(step.after), "state": step.after.state.value})
        item |= _reservation_key(step.after.order_id)
        if step.before is None:
            condition = "attribute_not_exists(pk)"
            return {"Put": {"TableName": self._table_name, "Item": item, "ConditionExpression": condition}}
        values = {":before": {"N": str(step.before.revision)}, ":state": {"S": step.before.state.value}}
        return {
            "Put": {
                "TableName": self._table_name,
                "Item": item,
                "ConditionExpression": "revision = :before AND #state = :state",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": values,
            }
        }

    def _build_decrement(self, line: Line) -> "TransactWriteItemTypeDef":
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

    def _build_increment(self, line: Line) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self._table_name,
                "Key": {"pk": {"S": f"sku#{line.sku}"}},
                "UpdateExpression": "ADD available :quantity",
                "ExpressionAttributeValues": {":quantity": {"N": str(line.quantity)}},
            }
        }


def _cancellation_reasons(error: BotoCoreError | ClientError) -> Sequence[Mapping[str, Any]]:
    """Return one cancellation reason per action, in order; raise TransientError for any other kind of failure."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if isinstance(error, ClientError) and code == "TransactionCanceledException":
        return error.response["CancellationReasons"]
    if code in _REASONS_BY_ERROR_CODE:
        return [{"Code": _REASONS_BY_ERROR_CODE[code]}]
    raise _unavailable_error(error) from error


def _unavailable_error(error: BotoCoreError | ClientError) -> TransientError:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return TransientError("table_unavailable", code)


def _find_shortages(step: Step, reasons: Sequence[Mapping[str, Any]]) -> tuple[Shortage, ...]:
    """Return the shortages that cancelled the transaction; empty if a retry can succeed."""
    codes = [reason.get("Code", "None") for reason in reasons]
    if codes[0] == _CONDITION_FAILED:
        raise ReservationChanged
    # One failed condition is enough to reject: it was checked against committed stock, whatever else conflicted.
    shortages = tuple(
        Shortage(line.sku, line.quantity, _available_quantity(reason))
        for line, reason in zip(step.lines_to_take, reasons[1:], strict=False)
        if reason.get("Code") == _CONDITION_FAILED
    )
    other_codes = {*codes} - _TRANSIENT_CODES - {_CONDITION_FAILED, "None"}
    if not shortages and other_codes:
        raise PermanentError("stock_unusable", f"the transaction was cancelled: {', '.join(sorted(other_codes))}")
    return shortages


def _available_quantity(reason: Mapping[str, Any]) -> int:
    """Return the available quantity; 0 for a SKU that is not in the stock table."""
    return max(0, int(reason.get("Item", {}).get("available", {}).get("N", "0")))


def _reservation_key(order_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"order#{order_id}"}}


def _parse_reservation(item: Mapping[str, Any]) -> Reservation:
    lines = tuple(Line(**line) for line in item["lines"])
    shortages = tuple(Shortage(**shortage) for shortage in item["missing"])
    decision = None if item["decision"] is None else Decision(**item["decision"])
    state, revision = State(item["state"]), item["revision"]
    return Reservation(item["order_id"], state, lines, item["taken"], revision, shortages, decision)
