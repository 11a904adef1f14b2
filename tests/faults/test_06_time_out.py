"""Time runs out in the middle of a batch: what was not begun comes back, nothing is done twice."""

from collections.abc import Callable

from contracts import ids
from tests.harness.faults import Scripted
from tests.harness.system import System
from tests.support import events, tables
from tests.support.invocations import (
    Context,
    envelope,
    queue_batch,
    stream_batch,
    stream_record,
    time_left,
    to_be_retried,
)

ORDER_IDS = [ids.order_id("online", "customer-1", f"late-{n}") for n in range(5)]
BODIES = [envelope(events.order_placed(order_id=order_id)) for order_id in ORDER_IDS]


def versions(system: System) -> dict[str, int]:
    return {item["order_id"]: item["version"] for item in tables.scan(system.aws("dynamodb"), tables.ORDERS)}


def test_messages_not_begun_come_back_when_time_is_short(system: System) -> None:
    # Asked once before each message but the first.
    answer = system.handlers["recorder"](queue_batch(*BODIES), Context(remaining=time_left(60_000, 60_000, 500)))

    assert to_be_retried(answer) == ["message-3", "message-4"]
    assert versions(system) == dict.fromkeys(ORDER_IDS[:3], 1)


def test_record_is_named_when_time_is_short_behind_it(system: System) -> None:
    records = [stream_record(n, None, events.order_item(order_id=ORDER_IDS[n % 5])) for n in range(1, 26)]
    # Asked once before each pack of ten but the first.
    answer = system.handlers["relay"](stream_batch(records), Context(remaining=time_left(60_000, 500)))

    assert to_be_retried(answer) == [records[20]["dynamodb"]["SequenceNumber"]]
    assert len(system.take("topic")) == 20


def test_each_message_has_one_effect_when_the_function_is_killed_mid_batch(
    system: System, settled: Callable[[System, int], None]
) -> None:
    assert isinstance(system.faults, Scripted)
    system.partners.scenario = "capture"
    for number in range(4):
        system.place_order(number)
    system.faults.script = {
        "recorder -> dynamodb": [None, None, "killed before"],
        "finance -> events": [None, "killed after"],
        "warehouse -> dynamodb": [None, None, None, "killed after"],
        "customer_service -> dynamodb": [None, "killed before"],
    }

    system.run_until_quiet()

    assert all(not kinds for kinds in system.faults.script.values())
    settled(system, 4)
