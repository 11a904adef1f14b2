"""What starts by itself: a change of a table, and a time."""

import uuid
from typing import Any

import pytest

from tests.e2e.conftest import wait_for
from tests.e2e.emulators import EveryOption

KEYS = ("order_id", "entry_id")


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        pytest.param("KEYS_ONLY", (set(), set()), marks=pytest.mark.proves("stream/keys_only", by="delivered")),
        pytest.param("NEW_IMAGE", ({"NewImage"}, set()), marks=pytest.mark.proves("stream/new_image", by="delivered")),
        pytest.param("OLD_IMAGE", (set(), {"OldImage"}), marks=pytest.mark.proves("stream/old_image", by="delivered")),
        pytest.param(
            "NEW_AND_OLD_IMAGES",
            ({"NewImage"}, {"OldImage"}),
            marks=pytest.mark.proves("stream/new_and_old_images", "stream/filter_criteria", by="delivered"),
        ),
    ],
)
def test_function_gets_the_images_of_the_view_type_when_an_item_comes_and_goes(
    every_option: EveryOption, view_type: str, images: tuple[set[str], set[str]]
) -> None:
    table, order_id = every_option.outputs["table_names"][view_type], f"order-{uuid.uuid4().hex}"
    key = {"order_id": {"S": order_id}, "entry_id": {"S": "1"}}
    dynamodb = every_option.cloud.client("dynamodb")

    dynamodb.put_item(TableName=table, Item={**key, "status": {"S": "placed"}})
    # The mapping's filter lets insertions and removals through, no modification.
    dynamodb.put_item(TableName=table, Item={**key, "status": {"S": "paid"}})
    dynamodb.delete_item(TableName=table, Key=key)

    def both() -> list[dict[str, Any]]:
        batches = every_option.seen("function", order_id)
        found = [record for batch in batches for record in batch["Records"]]
        return found if any(record["eventName"] == "REMOVE" for record in found) else []

    inserted, removed = wait_for(both)
    assert (inserted["eventName"], removed["eventName"]) == ("INSERT", "REMOVE")
    assert [set(record["dynamodb"]) & {"NewImage", "OldImage"} for record in (inserted, removed)] == list(images)
    assert all(record["dynamodb"]["Keys"] == key for record in (inserted, removed))
    if "OldImage" in removed["dynamodb"]:
        assert removed["dynamodb"]["OldImage"]["status"] == {"S": "paid"}


@pytest.mark.parametrize(
    "by",
    [
        pytest.param("scheduler", marks=pytest.mark.proves("schedule/scheduler", by="delivered")),
        pytest.param("rule", marks=pytest.mark.proves("schedule/rule", by="delivered")),
    ],
)
def test_queue_gets_the_input_when_the_minute_is_over(every_option: EveryOption, by: str) -> None:
    found = wait_for(lambda: every_option.seen("schedule", f'"{by}"'), seconds=90)

    assert found[0] == {"by": by}


@pytest.mark.proves(
    "schedule/time_zone",
    "schedule/dead_letter",
    "target/api_destination_rate",
    "bus/customer_key",
    "sns/email",
    "sns/delivery_status",
    "sns/service_publishers",
    "table/protection",
    by="applied",
)
def test_second_plan_changes_nothing_when_every_option_is_applied(every_option: EveryOption) -> None:
    assert every_option.changes == []
