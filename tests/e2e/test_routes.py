"""The routing matrix of a plan matches the applied rules and subscriptions: every example is published and its actual
receivers are compared.

No consumer processes an example: the applied patterns and filter policies, as the API returns them, are copied to a
separate bus and topic, with a queue for each target and subscription."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.build import plans
from orderflow_cli.routes import Answer, Message, Routes
from orderflow_cli.routes.check import Checker
from orderflow_cli.routes.engine import LocalEngine, Question
from orderflow_cli.routes.plan import Plan
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings
from orderflow_cli.routes.topology import Receiver
from orderflow_cli.toolchain import terraform
from tests.e2e.conftest import Shop, wait_for

SETTINGS = Settings.load(plans.TERRAFORM_FOLDER / SETTINGS_FILE)
CATCH_ALL = "catch-all"


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes.read(plans.create_plans(["local"])["local"], SETTINGS)


class CopiedRoutes:
    """Copies of the applied rules and subscriptions that carry the contracts' events, each with its own queue."""

    def __init__(self, shop: Shop, routes: Routes) -> None:
        self.name = f"routes-{uuid.uuid4().hex[:8]}"
        self._sqs, self._sns = shop.cloud.client("sqs"), shop.cloud.client("sns")
        self._events = shop.cloud.client("events")
        self.queues: dict[tuple[str, str], str] = {}
        sources = {source for message in routes.messages for source in routes.entry_nodes(message)}
        (bus,) = (source.name for source in sources if source.kind == "bus")
        (topic,) = (source.name for source in sources if source.kind == "topic")
        self._received: dict[tuple[str, str], list[Any]] = {}
        self._copy_rules(bus)
        self._copy_subscriptions(topic)

    def publish(self, message: Message) -> None:
        if message.carrier == "topic":
            text = json.dumps(message.body)
            self._sns.publish(TopicArn=self._topic, Message=text, MessageAttributes=message.attributes)
            return
        entry = {"Source": message.body["source"], "DetailType": message.body["detail-type"], "EventBusName": self.name}
        response = self._events.put_events(Entries=[{**entry, "Detail": json.dumps(message.body["detail"])}])
        assert response["FailedEntryCount"] == 0

    def bodies(self, receiver: tuple[str, str]) -> list[Any]:
        """Return the bodies of the messages that a receiver's queue has received so far."""
        url, bodies = self.queues[receiver], self._received.setdefault(receiver, [])
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for one in messages:
                bodies.append(json.loads(one["Body"]))
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return bodies

    def _copy_rules(self, bus: str) -> None:
        self._events.create_event_bus(Name=self.name)
        for page in self._events.get_paginator("list_rules").paginate(EventBusName=bus):
            for rule in page["Rules"]:
                targets = self._events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
                settings = {"EventPattern": rule["EventPattern"], "State": rule["State"]}
                self._events.put_rule(Name=rule["Name"], EventBusName=self.name, **settings)
                copies = [{"Id": one["Id"], "Arn": self._create_queue(rule["Name"], one["Id"])} for one in targets]
                self._events.put_targets(Rule=rule["Name"], EventBusName=self.name, Targets=copies)
        pattern = '{"version": ["0"]}'
        self._events.put_rule(Name=CATCH_ALL, EventBusName=self.name, EventPattern=pattern)
        target = {"Id": CATCH_ALL, "Arn": self._create_queue("bus", CATCH_ALL)}
        self._events.put_targets(Rule=CATCH_ALL, EventBusName=self.name, Targets=[target])

    def _copy_subscriptions(self, topic: str) -> None:
        self._topic = self._sns.create_topic(Name=self.name)["TopicArn"]
        topic_arn = f"{self._topic.rpartition(':')[0]}:{topic}"
        for one in self._sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
            attributes = self._sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])["Attributes"]
            filters = {name: attributes[name] for name in ("FilterPolicy", "FilterPolicyScope") if attributes.get(name)}
            queue = self._create_queue(topic, one["Endpoint"].rpartition(":")[2])
            self._subscribe(queue, filters)
        self._subscribe(self._create_queue("topic", CATCH_ALL), {})

    def _subscribe(self, queue: str, attributes: dict[str, str]) -> None:
        raw_delivery_attributes = {**attributes, "RawMessageDelivery": "true"}
        self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=queue, Attributes=raw_delivery_attributes)

    def _create_queue(self, *receiver: str) -> str:
        sender = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [sender]})}
        queue = self._sqs.create_queue(QueueName=f"{self.name}-{len(self.queues)}", Attributes=attributes)
        url = self.queues[receiver[0], receiver[1]] = queue["QueueUrl"]
        arn: str = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return arn


@pytest.fixture(scope="module")
def received_bodies(shop: Shop, routes: Routes) -> dict[tuple[str, str], list[Any]]:
    """The bodies received after publishing every example, by (rule, target) or (topic, endpoint)."""
    copies = CopiedRoutes(shop, routes)
    published_messages = [one for one in routes.messages if _is_publishable(one, routes)]
    for message in published_messages:
        copies.publish(message)
    # When the catch-all queue has every message, every rule and filter has evaluated it.
    for carrier in ("bus", "topic"):
        count = sum(message.carrier == carrier for message in published_messages)
        wait_for(lambda carrier=carrier, n=count: len(copies.bodies((carrier, CATCH_ALL))) == n)  # type: ignore[misc]
    return {receiver: copies.bodies(receiver) for receiver in copies.queues if receiver[1] != CATCH_ALL}


def test_every_example_reaches_its_receivers(routes: Routes, received_bodies: dict[tuple[str, str], list[Any]]) -> None:
    planned_bodies: dict[tuple[str, str], list[Any]] = {receiver: [] for receiver in received_bodies}
    for message in (one for one in routes.messages if _is_publishable(one, routes)):
        for delivery in routes.deliveries(message):
            assert delivery.verdict.answer is not Answer.UNKNOWN
            if not delivery.hops and delivery.verdict.answer is Answer.YES:
                planned_bodies[_receiver_key(delivery.receiver)].append(message.body)

    assert sum(map(len, planned_bodies.values())) > 20
    assert {name: _sorted_bodies(bodies) for name, bodies in received_bodies.items()} == {
        name: _sorted_bodies(bodies) for name, bodies in planned_bodies.items()
    }


def test_local_engine_agrees_with_the_emulators_test_event_pattern(shop: Shop, routes: Routes) -> None:
    """The engine calls a private function of the emulator, which must agree with its public API."""
    events, engine = shop.cloud.client("events"), LocalEngine()
    rules = [rule for rule, _ in routes.topology.rules()]
    comparison_count = 0
    for message in routes.messages:
        for rule in rules if message.carrier == "bus" else []:
            question = Question("event", rule.values["event_pattern"], message.body)
            text = json.dumps(message.body)
            answer = events.test_event_pattern(EventPattern=question.pattern, Event=text)["Result"]
            assert engine.ask([question])[0].match is answer, (rule.label, message.name)
            comparison_count += 1

    engine.close()
    assert comparison_count > 100


def test_every_applied_policy_allows_its_sender(shop: Shop, tmp_path: Path) -> None:
    """A plan lacks the ARNs that AWS assigns; the applied state has them."""
    state = shop.cloud.folder / "terraform.tfstate"
    with terraform.run_provider(tmp_path / "provider.log") as provider_env:
        result = terraform.run(shop.cloud.root, "show", "-json", str(state), env={**shop.cloud.env(), **provider_env})
    assert result.returncode == 0, result.stderr
    acceptances = [one for one in SETTINGS.acceptances if one.finding != "permission-unknown"]

    findings = Checker(Routes(Plan(json.loads(result.stdout)), replace(SETTINGS, acceptances=acceptances))).findings()

    assert [f"{one.kind} {one.address}: {one.message}" for one in findings if not one.acceptance_reason] == []
    assert any(one.kind == "impossible-value" for one in findings)


def _is_publishable(message: Message, routes: Routes) -> bool:
    """Return whether a test can publish the message: only the bus can set another account or a replay's name."""
    body = message.body
    return message.carrier != "bus" or ("replay-name" not in body and body["account"] == routes.plan.account)


def _receiver_key(receiver: Receiver) -> tuple[str, str]:
    """Return the receiver as a (rule name, target ID) or (topic name, endpoint name) pair."""
    if receiver.rule is not None:
        return receiver.rule.values["name"], receiver.resource.values["target_id"]
    return receiver.source.name, receiver.target.name


def _publisher_fields(body: Any) -> Any:
    """Return the fields of an event that its publisher sets, without those that the bus adds."""
    return body if "metadata" in body else body["detail"]


def _sorted_bodies(bodies: list[Any]) -> list[str]:
    return sorted(json.dumps(_publisher_fields(one), sort_keys=True) for one in bodies)
