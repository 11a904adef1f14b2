"""Personal data planted in valid, refused and poison orders appears only in stored payloads, not in logs or metrics.

Every planted value contains one unique word, so one search finds it in any format."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts import encode, ids
from orderflow_cli.demo import storefront
from orderflow_cli.local_cloud.simulators import SIMULATORS
from orderflow_cli.observe.notices import NoticeCollector
from tests.e2e.conftest import Shop, wait_for
from tests.support.events import order_placed

CONSUMERS = ("finance", "warehouse", "customer_service")


@dataclass
class CanaryData:
    """A unique word, orders that contain it, and what was collected; ``messages`` maps a function to what it stored."""

    word: str
    delivered_order_id: str
    declined_order_id: str
    answers: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: list[str] = field(default_factory=list)


def address(word: str) -> dict[str, str]:
    return {"name": f"Zoe {word}", "line1": f"{word} Lane 1", "postal_code": "20095", "city": word, "country": "DE"}


@pytest.fixture(scope="module")
def canary(shop: Shop) -> Iterator[CanaryData]:
    word = f"canary{uuid.uuid4().hex}"
    personal_data = {"shipping_address": address(word), "contact_email": f"{word}@example.org"}
    with NoticeCollector(shop.cloud.client, shop.outputs["notices_topic_arn"]) as notices:
        orders = [shop.new_order(scenario, **personal_data) for scenario in ("capture", "decline")]
        canary = CanaryData(word, *(shop.place(order).document["order_id"] for order in orders))
        canary.answers = list(_send_invalid_requests(shop, word, orders[0].body))
        _send_poison_events(shop, word, personal_data)
        shop.wait_for_status(canary.delivered_order_id, "delivered")
        shop.wait_for_status(canary.declined_order_id, "cancelled")
        for function in ("pos_import", "recorder", *CONSUMERS):
            canary.messages[function] = wait_for(lambda name=function: _take_dead_letter_message(shop, name, word))
        with _manually_written_order(shop, personal_data["contact_email"], canary.metadata):
            canary.messages["relay"] = wait_for(lambda: _take_failure_object(shop, word, canary.metadata))
        wait_for(lambda: canary.notices.extend(notices.receive_bodies()) or _has_delivery_notice(canary))
        time.sleep(1)  # for the last log lines
        yield canary


def _send_invalid_requests(shop: Shop, word: str, valid_body: dict[str, Any]) -> Iterator[str]:
    """Send requests that are refused for their body, a header, the path or a signature; yield the responses."""
    headers = {"Content-Type": "application/json", "X-Customer-Id": "customer-canary", "Idempotency-Key": word}
    orders, webhooks = f"{shop.url}/orders", shop.cloud.http_api_url(shop.outputs["webhooks_api_id"])
    requests: list[tuple[str, str, dict[str, str], bytes | None]] = [
        ("POST", orders, headers, json.dumps({**valid_body, f"{word} name": word, "contact_email": word}).encode()),
        ("POST", orders, headers, json.dumps(valid_body)[:-1].encode()),
        ("POST", orders, headers | {"Content-Type": "text/plain"}, json.dumps(valid_body).encode()),
        ("POST", orders, headers | {"Idempotency-Key": f"{word} {word}"}, json.dumps(valid_body).encode()),
        ("POST", f"{webhooks}/webhooks/carrier", {"X-Signature": word}, json.dumps(valid_body).encode()),
    ]
    for method, url, sent_headers, body in requests:
        answer = storefront.request(method, url, sent_headers, body)
        assert 400 <= answer.status < 500, (url, answer.status)
        yield f"{json.dumps(answer.document)} {answer.headers}"


def _send_poison_events(shop: Shop, word: str, personal_data: dict[str, Any]) -> None:
    """Send one poison event to each function that has its own dead-letter queue."""
    event = order_placed(order_id=ids.order_id("online", word, "poison"), event_id=f"evt-{word[:16]}", **personal_data)
    event["data"]["lines"][0]["quantity"] = -1
    entry = {"EventBusName": shop.outputs["bus_name"], "Source": "orderflow.storefront_api"}
    shop.cloud.client("events").put_events(Entries=[{**entry, "DetailType": "OrderPlaced", "Detail": encode(event)}])
    change = {"metadata": {"event_type": "OrderChanged"}, "data": {"after": personal_data}}
    for role in CONSUMERS:
        shop.cloud.client("sqs").send_message(
            QueueUrl=shop.cloud.queue_url(shop.outputs["queues"][role]["name"]), MessageBody=json.dumps(change)
        )
    _announce_missing_till_file(shop, f"incoming/{word}.csv")


@contextmanager
def _manually_written_order(shop: Shop, email: str, metadata: list[str]) -> Iterator[None]:
    """Write an order without a version; on exit delete it and the failure object that the deletion causes."""
    order_id = ids.order_id("online", email, "by hand")
    table, key = shop.outputs["tables"]["orders"], {"order_id": {"S": order_id}}
    item = {**key, "status": {"S": "placed"}, "contact_email": {"S": email}}
    shop.cloud.client("dynamodb").put_item(TableName=table, Item=item)
    try:
        yield
    finally:
        shop.cloud.client("dynamodb").delete_item(TableName=table, Key=key)
    wait_for(lambda: _take_failure_object(shop, order_id, metadata))


def _announce_missing_till_file(shop: Shop, key: str) -> None:
    """Invoke the till import with S3's event for a file that no longer exists."""
    detail = {"bucket": {"name": shop.outputs["till_bucket_name"]}, "object": {"key": key}}
    event = {"id": str(uuid.uuid4()), "detail-type": "Object Created", "source": "aws.s3", "detail": detail}
    name = f"{shop.outputs['functions']['pos_import']['name']}:live"
    shop.cloud.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps({**event, "resources": []}).encode()
    )


def _take_dead_letter_message(shop: Shop, function: str, word: str) -> dict[str, Any] | None:
    """Delete the message in the function's dead-letter queue that contains ``word`` and return it; others stay."""
    sqs, url = shop.cloud.client("sqs"), shop.cloud.queue_url(shop.outputs["functions"][function]["dead_letter_queue"])
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"], VisibilityTimeout=1
    )
    for message in answer.get("Messages", []):
        if word in message["Body"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            attributes = {name: message.get(name, {}) for name in ("Attributes", "MessageAttributes")}
            return {"envelope": json.loads(message["Body"]), "metadata": json.dumps(attributes)}
    return None


def _take_failure_object(shop: Shop, word: str, metadata: list[str]) -> dict[str, Any] | None:
    """Delete the object in the failure bucket that contains ``word`` and return it; extend the list ``metadata``."""
    s3, bucket = shop.cloud.client("s3"), shop.outputs["failure_bucket_name"]
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        answer = s3.get_object(Bucket=bucket, Key=entry["Key"])
        text = answer["Body"].read().decode()
        entry_metadata = f"{entry['Key']} {answer['ContentType']} {answer['Metadata']}"
        metadata.append(entry_metadata)
        if word in text:
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
            return {"envelope": json.loads(text), "metadata": entry_metadata}
    return None


def _has_delivery_notice(canary: CanaryData) -> bool:
    return any(canary.delivered_order_id in one and '"delivered"' in one for one in canary.notices)


def test_planted_word_is_found_where_payloads_are_stored(shop: Shop, canary: CanaryData) -> None:
    order = shop.order(canary.delivered_order_id) or {}

    assert order["shipping_address"] == address(canary.word)
    assert {
        name: canary.word in message["envelope"]["payload"] for name, message in canary.messages.items()
    } == dict.fromkeys(("pos_import", "recorder", *CONSUMERS, "relay"), True)


def test_no_log_contains_personal_data(shop: Shop, canary: CanaryData) -> None:
    logs, functions = shop.cloud.client("logs"), shop.outputs["functions"]
    log_groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]

    def search_logs(term: str) -> set[str]:
        pages = logs.get_paginator("filter_log_events")
        results = {name: pages.paginate(logGroupName=name, filterPattern=f'"{term}"') for name in log_groups}
        return {name for name, result in results.items() if any(page["events"] for page in result)}

    function_log_groups = {function["log_group"] for function in functions.values()}
    order_log_groups = {functions[name]["log_group"] for name in ("storefront_api", "recorder", "relay", *CONSUMERS)}
    assert function_log_groups <= set(log_groups)
    assert order_log_groups <= search_logs(canary.delivered_order_id)
    assert function_log_groups - {functions["payment_deadline"]["log_group"]} <= search_logs("_aws")  # metrics
    assert search_logs(canary.word) == set()
    assert canary.word not in shop.cloud.emulator.log.read_text(errors="replace")


def test_no_metric_contains_personal_data(shop: Shop, canary: CanaryData) -> None:
    pages = shop.cloud.client("cloudwatch").get_paginator("list_metrics").paginate()

    metrics = [metric for page in pages for metric in page["Metrics"]]

    assert canary.word not in json.dumps(metrics)


def test_no_dead_letter_metadata_contains_personal_data(canary: CanaryData) -> None:
    envelopes = [message["envelope"] for message in canary.messages.values()]

    fields = {"function", "reason", "detail", "origin", "quarantined_at", "payload"}
    assert all(fields <= set(envelope) for envelope in envelopes)
    other_fields = [{name: value for name, value in envelope.items() if name != "payload"} for envelope in envelopes]
    assert canary.word not in json.dumps(other_fields)
    assert canary.word not in " ".join([*(entry["metadata"] for entry in canary.messages.values()), *canary.metadata])


def test_partners_consumers_and_notices_get_no_personal_data(shop: Shop, canary: CanaryData) -> None:
    simulator_records = [shop.cloud.simulators.book(simulator) for simulator in SIMULATORS]
    consumer_records = [read(canary.delivered_order_id) for read in (shop.ledger, shop.cases, shop.reservation)]

    assert canary.delivered_order_id in json.dumps(simulator_records)
    assert all(consumer_records)
    assert canary.word not in json.dumps([simulator_records, consumer_records])
    assert canary.word not in " ".join(canary.notices)
    assert canary.word not in " ".join(canary.answers)
