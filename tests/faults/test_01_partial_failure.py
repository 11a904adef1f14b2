"""One of ten entries fails: only that one is sent again, and what stays refused is reported, never dropped."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from common.errors import TransientError
from common.publisher import BusPublisher, Publisher, TopicPublisher, publish_all_or_raise
from contracts import Event
from tests.harness.faults import client_error, in_part
from tests.harness.places import BUS
from tests.harness.system import System
from tests.support import events
from tests.support.clock import Clock

OPERATIONS = {"bus": "put_events", "topic": "publish_batch"}
MEMBERS = {"bus": "Entries", "topic": "PublishBatchRequestEntries"}


class Refusing:
    """moto's client, but the entry of one event is refused with `code` for so many calls."""

    def __init__(self, client: Any, kind: str, event_id: str, code: str, times: int) -> None:
        self._client, self._kind, self._event_id, self._code, self._times = client, kind, event_id, code, times
        self.sizes: list[int] = []
        setattr(self, OPERATIONS[kind], self._publish)

    def _publish(self, **arguments: Any) -> Any:
        entries = arguments[MEMBERS[self._kind]]
        self.sizes.append(len(entries))
        refused = {n for n, entry in enumerate(entries) if f'"{self._event_id}"' in json.dumps(entry).replace("\\", "")}
        method = getattr(self._client, OPERATIONS[self._kind])
        if not refused or self._times <= 0:
            return method(**arguments)
        self._times -= 1
        return in_part(OPERATIONS[self._kind], method, arguments, refused, self._code)


Made = tuple[Publisher, Refusing, list[Event]]
Make = Callable[[str, int], Made]


@pytest.fixture(params=["bus", "topic"])
def make(request: pytest.FixtureRequest, system: System) -> Make:
    def made(code: str, times: int) -> Made:
        if request.param == "bus":
            batch = [events.payment_captured(payment_id=f"pay-{n}", event_id=f"evt-{n}") for n in range(100, 110)]
            client = Refusing(system.aws("events"), "bus", "evt-104", code, times)
            return BusPublisher(client, BUS, "webhooks", Clock().policy()), client, batch  # type: ignore[arg-type]
        images = [events.order_image(version=n) for n in range(1, 11)]
        batch = [events.order_changed(image, event_id=f"evt-{99 + image['version']}") for image in images]
        client = Refusing(system.aws("sns"), "topic", "evt-104", code, times)
        return TopicPublisher(client, system.places.topic_arn, Clock().policy()), client, batch  # type: ignore[arg-type]

    return made


def arrived(system: System) -> list[str]:
    """Event ids on the bus and on the topic, in order of their names."""
    bodies = [json.loads(body) for body in system.take("bus") + system.take("topic")]
    return sorted(body.get("detail", body)["metadata"]["event_id"] for body in bodies)


@pytest.mark.parametrize("code", ["InternalFailure", "ThrottlingException"])
def test_only_the_refused_entry_is_sent_again_when_its_reason_may_pass(make: Make, system: System, code: str) -> None:
    publisher, client, batch = make(code, 2)

    failures = publisher.publish(batch)

    assert failures == []
    assert client.sizes == [10, 1, 1]
    assert arrived(system) == [f"evt-{n}" for n in range(100, 110)]


def test_entry_is_reported_and_the_others_arrive_when_it_is_rejected(make: Make, system: System) -> None:
    publisher, client, batch = make("AccessDeniedException", 99)

    failures = publisher.publish(batch)

    expected = "rejected" if hasattr(client, "put_events") else "unavailable"  # SNS says whose fault it is
    assert [(failure.event["metadata"]["event_id"], failure.kind) for failure in failures] == [("evt-104", expected)]
    assert arrived(system) == [f"evt-{n}" for n in range(100, 110) if n != 104]


def test_entry_is_raised_for_when_all_attempts_are_used_up(make: Make) -> None:
    publisher, client, batch = make("ThrottlingException", 99)

    with pytest.raises(TransientError, match="evt-104"):
        publish_all_or_raise(publisher, batch)

    assert client.sizes == [10, 1, 1, 1, 1, 1]


def test_nothing_is_accepted_when_the_bus_refuses_the_customer_s_order(system: System) -> None:
    system.faults.down = {"events": client_error("ThrottlingException", "PutEvents").response["Error"]["Code"]}

    accepted = system.place_order(1, attempts=1)

    assert not accepted
    assert arrived(system) == []
