"""The index is asked for what is due, page by page, and nothing else is read."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from common.attribute_values import to_item
from common.errors import TransientError
from payment_deadline.find_due import PAGE, DueOrder, DueOrders
from tests.support.doubles import client_error

NOW = "2026-03-01T12:00:00.000Z"


class DynamoDBDouble:
    """Answers queries with `pages`, one after the other; no other operation exists."""

    def __init__(self, *pages: list[str]) -> None:
        self.pages = list(pages)
        self.requests: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def query(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.error:
            raise self.error
        page = self.pages.pop(0)
        answer: dict[str, Any] = {"Items": [to_item({"order_id": each, "payment_due_at": NOW}) for each in page]}
        if self.pages:
            answer["LastEvaluatedKey"] = {"order_id": {"S": page[-1] if page else "none"}}
        return answer


def read(client: DynamoDBDouble) -> list[list[DueOrder]]:
    return list(DueOrders(client, "orders").pages("3", NOW))  # type: ignore[arg-type]


def test_one_query_is_made_when_everything_fits_a_page() -> None:
    client = DynamoDBDouble(["a", "b"])

    assert read(client) == [[DueOrder("a", NOW), DueOrder("b", NOW)]]
    (request,) = client.requests
    assert (request["TableName"], request["IndexName"], request["Limit"]) == ("orders", "payment_due", PAGE)
    assert request["ExpressionAttributeValues"] == {":shard": {"S": "3"}, ":now": {"S": NOW}}
    assert "ExclusiveStartKey" not in request


def test_next_query_starts_behind_the_last_key_when_there_are_more_pages() -> None:
    client = DynamoDBDouble(["a"], [], ["b"])

    assert read(client) == [[DueOrder("a", NOW)], [], [DueOrder("b", NOW)]]
    assert [request.get("ExclusiveStartKey") for request in client.requests] == [
        None,
        {"order_id": {"S": "a"}},
        {"order_id": {"S": "none"}},
    ]


@pytest.mark.parametrize(
    "error", [client_error("ProvisionedThroughputExceededException"), EndpointConnectionError(endpoint_url="https://x")]
)
def test_run_can_be_tried_again_when_index_does_not_answer(error: Exception) -> None:
    client = DynamoDBDouble([])
    client.error = error

    with pytest.raises(TransientError, match="orders_unavailable"):
        read(client)
