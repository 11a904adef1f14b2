"""Personal data planted in valid, refused and poison orders stays in stored payloads: not in a log, metric or label.

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
from orderflow_cli.observe.notices import Notices
from tests.e2e.conftest import Shop, wait_for
from tests.support.events import order_placed

CONSUMERS = ("finance", "warehouse", "customer_service")


@dataclass
class Planted:
    """What was sent and what was found afterwards; ``messages`` has the SQS message or S3 object of each function."""

    word: str
    delivered: str
    declined: str
    answers: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)


def address(word: str) -> dict[str, str]:
    return {"name": f"Zoe {word}", "line1": f"{word} Lane 1", "postal_code": "20095", "city": word, "country": "DE"}


@pytest.fixture(scope="module")
def planted(shop: Shop) -> Iterator[Planted]:
    word = f"canary{uuid.uuid4().hex}"
    personal = {"shipping_address": address(word), "contact_email": f"{word}@example.org"}
    with Notices(shop.cloud.client, shop.outputs["notices_topic_arn"]) as notices:
        good, declined = (shop.new_order(story, **personal) for story in ("capture", "decline"))
        planted = Planted(word, *(shop.place(order).document["order_id"] for order in (good, declined)))
        planted.answers = list(_send_invalid_requests(shop, word, good.body))
        _send_poison(shop, word, personal)
        shop.wait_for_status(planted.delivered, "delivered")
        shop.wait_for_status(planted.declined, "cancelled")
        for function in ("pos_import", "recorder", *CONSUMERS):
            planted.messages[function] = wait_for(lambda name=function: _take_dead_letter_message(shop, name, word))
        with _manually_written_order(shop, personal["contact_email"], planted.labels):
            planted.messages["relay"] = wait_for(lambda: _take_failure_object(shop, word, planted.labels))
        wait_for(lambda: planted.notices.extend(notices.bodies()) or _is_notified(planted.notices, planted.delivered))
        time.sleep(1)  # for the last log lines
        yield planted


def _send_invalid_requests(shop: Shop, word: str, good: dict[str, Any]) -> Iterator[str]:
    """Send requests that are refused for their body, a header, the path or a signature; yield the responses."""
    headers = {"Content-Type": "application/json", "X-Customer-Id": "customer-canary", "Idempotency-Key": word}
    orders, webhooks = f"{shop.url}/orders", shop.cloud.http_api_url(shop.outputs["webhooks_api_id"])
    requests: list[tuple[str, str, dict[str, str], bytes | None]] = [
        ("POST", orders, headers, json.dumps({**good, f"{word} name": word, "contact_email": word}).encode()),
        ("POST", orders, headers, json.dumps(good)[:-1].encode()),
        ("POST", orders, headers | {"Content-Type": "text/plain"}, json.dumps(good).encode()),
        ("POST", orders, headers | {"Idempotency-Key": f"{word} {word}"}, json.dumps(good).encode()),
        ("POST", f"{webhooks}/webhooks/carrier", {"X-Signature": word}, json.dumps(good).encode()),
    ]
    for method, url, sent, body in requests:
        answer = storefront.request(method, url, sent, body)
        assert 400 <= answer.status < 500, (url, answer.status)
        yield f"{json.dumps(answer.document)} {answer.headers}"


def _send_poison(shop: Shop, word: str, personal: dict[str, Any]) -> None:
    """Send one poison event to each function that has its own dead-letter queue."""
    placed = order_placed(order_id=ids.order_id("online", word, "poison"), event_id=f"evt-{word[:16]}", **personal)
    placed["data"]["lines"][0]["quantity"] = -1
    entry = {"EventBusName": shop.outputs["bus_name"], "Source": "orderflow.storefront_api"}
    shop.cloud.client("events").put_events(Entries=[{**entry, "DetailType": "OrderPlaced", "Detail": encode(placed)}])
    change = {"metadata": {"event_type": "OrderChanged"}, "data": {"after": personal}}
    for role in CONSUMERS:
        shop.cloud.client("sqs").send_message(
            QueueUrl=shop.cloud.queue_url(shop.outputs["queues"][role]["name"]), MessageBody=json.dumps(change)
        )
    _announce_missing_till_file(shop, f"incoming/{word}.csv")


@contextmanager
def _manually_written_order(shop: Shop, email: str, labels: list[str]) -> Iterator[None]:
    """Write an order without a version, as a person might; delete it, and then what its deletion leaves behind."""
    edited = ids.order_id("online", email, "by hand")
    table, key = shop.outputs["tables"]["orders"], {"order_id": {"S": edited}}
    item = {**key, "status": {"S": "placed"}, "contact_email": {"S": email}}
    shop.cloud.client("dynamodb").put_item(TableName=table, Item=item)
    try:
        yield
    finally:
        shop.cloud.client("dynamodb").delete_item(TableName=table, Key=key)
    wait_for(lambda: _take_failure_object(shop, edited, labels))


def _announce_missing_till_file(shop: Shop, key: str) -> None:
    """Send S3's event for a file that no longer exists."""
    detail = {"bucket": {"name": shop.outputs["till_bucket_name"]}, "object": {"key": key}}
    event = {"id": str(uuid.uuid4()), "detail-type": "Object Created", "source": "aws.s3", "detail": detail}
    name = f"{shop.outputs['functions']['pos_import']['name']}:live"
    shop.cloud.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps({**event, "resources": []}).encode()
    )


def _take_dead_letter_message(shop: Shop, function: str, word: str) -> dict[str, Any] | None:
    """Remove and return the message with the word from the function's dead-letter queue; others stay."""
    sqs, url = shop.cloud.client("sqs"), shop.cloud.queue_url(shop.outputs["functions"][function]["dead_letter_queue"])
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"], VisibilityTimeout=1
    )
    for message in answer.get("Messages", []):
        if word in message["Body"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            attributes = {name: message.get(name, {}) for name in ("Attributes", "MessageAttributes")}
            return {"envelope": json.loads(message["Body"]), "label": json.dumps(attributes)}
    return None


def _take_failure_object(shop: Shop, word: str, labels: list[str]) -> dict[str, Any] | None:
    """Remove and return the object with the word from the failure bucket; add all objects' labels to ``labels``."""
    s3, bucket = shop.cloud.client("s3"), shop.outputs["failure_bucket_name"]
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        answer = s3.get_object(Bucket=bucket, Key=entry["Key"])
        text = answer["Body"].read().decode()
        label = f"{entry['Key']} {answer['ContentType']} {answer['Metadata']}"
        labels.append(label)
        if word in text:
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
            return {"envelope": json.loads(text), "label": label}
    return None


def _is_notified(notices: list[str], order_id: str) -> bool:
    return any(order_id in notice and '"delivered"' in notice for notice in notices)


def test_planted_word_is_found_where_payloads_are_stored(shop: Shop, planted: Planted) -> None:
    order = shop.order(planted.delivered) or {}

    assert order["shipping_address"] == address(planted.word)
    assert {
        name: planted.word in message["envelope"]["payload"] for name, message in planted.messages.items()
    } == dict.fromkeys(("pos_import", "recorder", *CONSUMERS, "relay"), True)


def test_no_log_contains_personal_data(shop: Shop, planted: Planted) -> None:
    logs = shop.cloud.client("logs")
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]

    def matching(term: str) -> set[str]:
        pages = logs.get_paginator("filter_log_events")
        results = {name: pages.paginate(logGroupName=name, filterPattern=f'"{term}"') for name in groups}
        return {name for name, result in results.items() if any(page["events"] for page in result)}

    own = {function["log_group"] for function in shop.outputs["functions"].values()}
    handled = {
        shop.outputs["functions"][name]["log_group"] for name in ("storefront_api", "recorder", "relay", *CONSUMERS)
    }
    assert own <= set(groups)
    assert handled <= matching(planted.delivered)
    assert own - {shop.outputs["functions"]["payment_deadline"]["log_group"]} <= matching("_aws")  # the metrics' lines
    assert matching(planted.word) == set()
    assert planted.word not in shop.cloud.emulator.log.read_text(errors="replace")


def test_no_metric_contains_personal_data(shop: Shop, planted: Planted) -> None:
    pages = shop.cloud.client("cloudwatch").get_paginator("list_metrics").paginate()

    metrics = [metric for page in pages for metric in page["Metrics"]]

    assert planted.word not in json.dumps(metrics)


def test_no_label_of_a_dead_letter_message_contains_personal_data(planted: Planted) -> None:
    envelopes = [message["envelope"] for message in planted.messages.values()]

    fields = {"function", "reason", "detail", "origin", "quarantined_at", "payload"}
    assert all(fields <= set(envelope) for envelope in envelopes)
    rest = [{name: value for name, value in envelope.items() if name != "payload"} for envelope in envelopes]
    assert planted.word not in json.dumps(rest)
    assert planted.word not in " ".join([*(message["label"] for message in planted.messages.values()), *planted.labels])


def test_only_intended_receivers_get_personal_data(shop: Shop, planted: Planted) -> None:
    books = [shop.cloud.simulators.book(simulator) for simulator in SIMULATORS]
    records = [shop.ledger(planted.delivered), shop.cases(planted.delivered), shop.reservation(planted.delivered)]

    assert planted.delivered in json.dumps(books)
    assert all(records)
    assert planted.word not in json.dumps([books, records])
    assert planted.word not in " ".join(planted.notices)
    assert planted.word not in " ".join(planted.answers)
