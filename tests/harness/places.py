"""What Terraform would have made in moto: tables, queues, topics, bus and bucket, empty, and dead-letter sources."""

import json
from functools import cache
from typing import Any

import boto3

from orderflow_cli.local_cloud import seed
from orderflow_cli.observe.dead_letters.sources import Source
from tests.harness.partners import SECRETS
from tests.harness.queues import REGION, Queues
from tests.harness.routing import ACCOUNT, redrive_source
from tests.support import tables

BUS, TOPIC, BUCKET, SECRET = "orders-bus", "order-changes", "stream-failures", "webhooks"
CONSUMERS = ("finance", "warehouse", "customer_service")
CALLS = ("payment_request", "refund_request", "shipment_notice")
RULES = ("intake", *CALLS)
RECEIVES = {"intake": 40, "finance": 5, "warehouse": 5, "customer_service": 5}  # as in terraform/pipeline
QUARANTINED = ("recorder", *CONSUMERS)
SKUS, PIECES = 4, 100_000


@cache
def client(service: str) -> Any:
    """One client per service for all accounts of this process: making one takes longer than many of its calls."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


class Places:
    """Made when it is created; `urls` are the queues' by name."""

    def __init__(self) -> None:
        self.queues = Queues()
        self.urls: dict[str, str] = {}
        self._make_queues()
        self._make_tables()
        self._make_bus()
        self.topic_arn, self.notices_arn = (self._make_topic(*names) for names in ((TOPIC, "topic"), ("notices",) * 2))
        client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        secret = json.dumps({name: {"current": value} for name, value in SECRETS.items()})
        client("secretsmanager").create_secret(Name=SECRET, SecretString=secret)

    def dead_letters(self) -> list[Source]:
        """As Terraform publishes them for `orderflow redrive`, in the order of an event's way."""
        rules = [
            Source("rule", role, f"rule-{role}-dlq", arn("events", f"rule/{BUS}/{role}"), source)
            for role in RULES
            for source in [redrive_source(role) if role in CALLS else None]
        ]
        subscriptions = [
            Source("subscription", name, f"subscription-{name}-dlq", f"{self.topic_arn}:{name}") for name in CONSUMERS
        ]
        queues = [Source("queue", role, f"{role}-dlq", role) for role in RECEIVES]
        functions = [Source("function", name, f"{name}-dead-letter", name) for name in QUARANTINED]
        return [*rules, *subscriptions, *queues, *functions, Source("bucket", "relay", BUCKET, "relay")]

    def target_arns(self) -> dict[str, str]:
        """What each rule sends to, by the rule's role."""
        destinations = {role: arn("events", f"api-destination/{role}/1") for role in CALLS}
        return {**destinations, "intake": arn("sqs", "intake")}

    def _make_queues(self) -> None:
        for role, receives in RECEIVES.items():
            self._make_queue(f"{role}-dlq")
            redrive = {"deadLetterTargetArn": arn("sqs", f"{role}-dlq"), "maxReceiveCount": receives}
            self._make_queue(role, RedrivePolicy=json.dumps(redrive))
        for name in ("bus", "topic", "notices", *(f"{function}-dead-letter" for function in QUARANTINED)):
            self._make_queue(name)
        for name in (*(f"rule-{role}" for role in RULES), *(f"subscription-{name}" for name in CONSUMERS)):
            self._make_queue(f"{name}-dlq")

    def _make_queue(self, name: str, **attributes: str) -> None:
        self.urls[name] = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def _make_tables(self) -> None:
        dynamodb = client("dynamodb")
        for role in (tables.ORDERS, tables.LEDGER, tables.STOCK, tables.CASES):
            tables.create_table(dynamodb, role)
        self.stream_arn = dynamodb.describe_table(TableName=tables.ORDERS)["Table"]["LatestStreamArn"]
        self.skus = [*sorted(seed.catalog())[:SKUS], seed.sold_out_sku()]
        self.initial_stock = {sku: 0 if sku == seed.sold_out_sku() else PIECES for sku in self.skus}
        for sku, pieces in self.initial_stock.items():
            tables.put(dynamodb, tables.STOCK, {"pk": f"sku#{sku}", "available": pieces})

    def _make_bus(self) -> None:
        events = client("events")
        events.create_event_bus(Name=BUS)
        events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps({"account": [{"exists": True}]}))
        events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "all", "Arn": arn("sqs", "bus")}])

    def _make_topic(self, name: str, queue: str) -> str:
        made: str = client("sns").create_topic(Name=name)["TopicArn"]
        raw = {"RawMessageDelivery": "true"}
        client("sns").subscribe(TopicArn=made, Protocol="sqs", Endpoint=arn("sqs", queue), Attributes=raw)
        return made
