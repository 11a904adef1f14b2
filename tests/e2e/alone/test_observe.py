"""What `orderflow status`, `trace` and `redrive` show about the running system."""

import json
import uuid
from typing import Any

import pytest

from orderflow_cli.commands import redrive as redrive_command
from orderflow_cli.environments import Cloud, from_local_cloud
from orderflow_cli.observe import status, trace
from tests.e2e.conftest import Shop, wait_for

CONSUMERS = {"finance", "warehouse", "customer_service"}


@pytest.fixture
def environment(shop: Shop) -> Cloud:
    return from_local_cloud(shop.cloud)


def test_trace_names_the_functions_and_the_state_of_an_order(shop: Shop, environment: Cloud) -> None:
    order_id = shop.place(shop.new_order()).document["order_id"]
    shop.wait_for_status(order_id, "delivered")

    def complete_trace() -> trace.Trace | None:
        found = trace.read(environment, order_id)
        return found if len([hop for hop in found.hops if hop.message == "Notice sent"]) == 4 else None

    found = wait_for(complete_trace)
    assert {"storefront_api", "webhooks", "recorder", "relay", *CONSUMERS} <= {hop.where for hop in found.hops}
    decided = [hop.details["status"] for hop in found.hops if hop.message == "Decided"]
    assert decided == ["placed", "paid", "shipped", "delivered"]
    assert found.standing.startswith("delivered, ")
    assert found.unreceived == ()


def test_dead_letter_message_is_reported_until_it_is_discarded(
    shop: Shop, environment: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = f"ord_{uuid.uuid4().hex[:26].translate(str.maketrans('0189', 'abcd'))}"
    sqs = shop.cloud.client("sqs")
    queue = shop.cloud.queue_url(shop.outputs["queues"]["finance"]["dead_letter_queue"])
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"data": {"order_id": order_id}}))
    monkeypatch.setattr(redrive_command, "connect", lambda name, project: environment)

    def run(*arguments: str) -> Any:
        from orderflow_cli.__main__ import ORDERFLOW

        assert ORDERFLOW.main(["redrive", *arguments]) == 0
        return capsys.readouterr().out

    listed = {one["source"]: one["reasons"] for one in json.loads(run("list", "--json"))}
    problems = list(status.read(environment).problems())
    found = trace.read(environment, order_id)
    run("discard", "queue/finance", "--order", order_id, "--yes")

    assert "received_too_often" in listed["queue/finance"]
    assert any("dead-letter message" in problem and "queue/finance" in problem for problem in problems)
    assert [message.source.name for message in found.dead_letters] == ["queue/finance"]
    assert trace.read(environment, order_id).dead_letters == ()
