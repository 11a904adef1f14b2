"""How responses of TransactWriteItems are handled."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ReadTimeoutError

from common.errors import PermanentError, TransientError
from common.publisher import RetryPolicy
from tests.support.clock import Clock
from tests.support.doubles import client_error
from tests.support.invocations import one_minute_ms
from tests.unit.warehouse.demands import demand
from warehouse.plan import ReservationChanged, Step, next_step
from warehouse.reservation import Intent, Shortage
from warehouse.stock import Stock

OK: Mapping[str, Any] = {"Code": "None"}
CONFLICT: Mapping[str, Any] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
CONDITION_FAILURE: Mapping[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}


class ClientDouble:
    """A DynamoDB client that cancels transactions with the given reasons in sequence; None accepts a transaction."""

    def __init__(self, *responses: Sequence[Mapping[str, Any]] | Exception | None) -> None:
        self.responses = list(responses)
        self.calls: list[list[Mapping[str, Any]]] = []

    def transact_write_items(self, TransactItems: list[Mapping[str, Any]]) -> None:  # noqa: N803 - boto3's name
        self.calls.append(TransactItems)
        response = self.responses.pop(0)
        if isinstance(response, Exception):
            raise response
        if response is not None:
            error = client_error("TransactionCanceledException", operation="TransactWriteItems")
            cast(dict[str, Any], error.response)["CancellationReasons"] = response
            raise error


def stock(client: ClientDouble, policy: RetryPolicy | None = None) -> Stock:
    return Stock(cast(Any, client), "stock", policy or Clock().policy())


def reservation_step(sku_count: int = 2, quantity: int = 3) -> Step:
    step = next_step(None, demand(Intent.RESERVE, sku_count, quantity=quantity), "2026-03-01T09:30:00.000Z")
    assert step is not None
    return step


def condition_failure(available: int) -> Mapping[str, Any]:
    return {**CONDITION_FAILURE, "Item": {"pk": {"S": "sku#x"}, "available": {"N": str(available)}}}


def test_failed_reservation_names_every_missing_sku_with_its_stock() -> None:
    client = ClientDouble([OK, condition_failure(2), OK, CONDITION_FAILURE])

    shortages = stock(client).apply_step(reservation_step(3), one_minute_ms)

    assert shortages == (Shortage("SKU-000", 3, 2), Shortage("SKU-002", 3, 0))
    assert len(client.calls) == 1


def test_step_of_a_changed_reservation_fails() -> None:
    with pytest.raises(ReservationChanged):
        stock(ClientDouble([CONDITION_FAILURE, condition_failure(0), OK])).apply_step(reservation_step(), one_minute_ms)


def test_shortage_takes_precedence_over_a_transaction_conflict() -> None:
    shortages = stock(ClientDouble([OK, condition_failure(1), CONFLICT])).apply_step(reservation_step(), one_minute_ms)

    assert shortages == (Shortage("SKU-000", 3, 1),)


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_transaction_is_retried_on_a_transient_code(code: str) -> None:
    clock = Clock()
    client = ClientDouble([OK, {"Code": code}, OK], [{"Code": code}, OK, OK], None)

    shortages = stock(client, clock.policy(base_ms=10)).apply_step(reservation_step(), one_minute_ms)

    assert shortages == ()
    assert client.calls[0] == client.calls[1] == client.calls[2]
    assert clock.delays_ms == [10, 20]


def test_persistent_stock_conflicts_raise_a_transient_error() -> None:
    client = ClientDouble(*[[OK, CONFLICT, OK]] * 3)

    with pytest.raises(TransientError, match="stock_busy"):
        stock(client, Clock().policy(max_attempts=3)).apply_step(reservation_step(), one_minute_ms)
    assert len(client.calls) == 3


def test_no_further_attempt_is_made_when_time_runs_out() -> None:
    client = ClientDouble([OK, CONFLICT, OK])

    with pytest.raises(TransientError):
        stock(client, Clock().policy(max_attempts=3, margin_ms=5_500)).apply_step(reservation_step(), lambda: 5_400)

    assert len(client.calls) == 1


def test_unusable_stock_item_raises_a_permanent_error() -> None:
    with pytest.raises(PermanentError, match="stock_unusable"):
        stock(ClientDouble([OK, {"Code": "ValidationError"}, OK])).apply_step(reservation_step(), one_minute_ms)


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        (client_error("InternalServerError", 500), "InternalServerError"),
        (client_error("AccessDeniedException", 403), "AccessDeniedException"),
        (ReadTimeoutError(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com"), "ReadTimeoutError"),
    ],
)
def test_failed_call_raises_a_transient_error(failure: Exception, detail: str) -> None:
    with pytest.raises(TransientError) as error_info:
        stock(ClientDouble(failure)).apply_step(reservation_step(), one_minute_ms)

    assert (error_info.value.reason, error_info.value.detail) == ("table_unavailable", detail)


def test_transaction_has_at_most_a_hundred_actions() -> None:
    client = ClientDouble(None)

    stock(client).apply_step(reservation_step(150), one_minute_ms)

    assert len(client.calls[0]) == 100
