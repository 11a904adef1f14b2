"""A call is accepted only if its event was published."""

import base64
import json
from typing import Any

import pytest

from tests.support.http import document
from tests.support.logs import counts
from tests.unit.webhooks.conftest import Harness
from tests.unit.webhooks.doubles import ACCESS_ERROR, CARRIER_PATH, NOW, PROVIDER_PATH, SECRETS, example, signed_call

CAPTURE_BODY = example("payment.captured")


@pytest.mark.parametrize(
    ("path", "kind", "event_type"),
    [
        (PROVIDER_PATH, "payment.captured", "PaymentCaptured"),
        (PROVIDER_PATH, "payment.declined", "PaymentDeclined"),
        (PROVIDER_PATH, "refund.completed", "RefundCompleted"),
        (CARRIER_PATH, "shipment.delivered", "OrderDelivered"),
    ],
)
def test_event_of_a_signed_call_is_published(harness: Harness, path: str, kind: str, event_type: str) -> None:
    response = harness.respond(signed_call(example(kind), path=path, headers={"x-correlation-id": "corr-9"}))

    (event,) = harness.publisher.published
    assert response["statusCode"] == 202
    assert document(response) == {"status": "accepted", "event_id": event["metadata"]["event_id"]}
    assert event["metadata"]["event_type"] == event_type
    assert event["metadata"]["correlation_id"] == response["headers"]["x-correlation-id"] == "corr-9"


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        *((CAPTURE_BODY, {"headers": {"x-signature": text}}) for text in ("", "v1=" + "0" * 64, "nonsense")),
        *((CAPTURE_BODY, {"headers": {"x-signature-timestamp": text}}) for text in ("", str(NOW - 301), str(NOW + 1))),
        (CAPTURE_BODY, {"secret": SECRETS["carrier"]["current"]}),  # of another caller
        ("{not JSON", {"secret": "guess"}),  # the body must not be parsed before the signature is verified
    ],
)
def test_response_reveals_nothing_when_the_signature_is_invalid(harness: Harness, body: Any, changes: Any) -> None:
    response = harness.respond(signed_call(body, **changes))

    problem = document(response)
    assert response["statusCode"] == 401
    assert set(problem) == {"type", "title", "status", "correlation_id"}
    assert problem["title"] == "The signature is not accepted"
    assert len(harness.publisher.calls) == 0


@pytest.mark.parametrize("text", ["", "{", '{"id": "1", "id": "2"}', '{"amount": NaN}', "[" * 5_000 + "]" * 5_000])
def test_signed_call_that_is_not_strict_json_is_rejected(harness: Harness, text: str) -> None:
    response = harness.respond(signed_call(text))

    assert response["statusCode"] == 400
    assert "position" in document(response)["detail"]
    assert counts()["SignedCallsRefused"] == 1
    assert len(harness.publisher.calls) == 0


@pytest.mark.parametrize("value", ["1.0832", "10.0", "1e400", "1234567890123456789", '"\\ud83d"'])
@pytest.mark.parametrize("parent", ["{", '"data": {'])
def test_value_of_an_unknown_field_is_ignored(harness: Harness, value: str, parent: str) -> None:
    text = json.dumps(CAPTURE_BODY).replace(parent, f'{parent}"exchange_rate": {value}, ', 1)

    assert harness.respond(signed_call(text))["statusCode"] == 202


def test_untranslatable_call_is_refused_and_its_invalid_field_is_logged(harness: Harness) -> None:
    response = harness.respond(signed_call(example("payment.captured", amount="37.80")))

    (line,) = harness.logs.find_lines("Signed call refused")
    assert response["statusCode"] == 422
    assert document(response)["errors"] == [{"field": "data.amount", "reason": "must be a whole number"}]
    assert (line["field"], line["message_id"], line["origin"]) == ("data.amount", "call_01", "payment_provider")
    assert counts()["SignedCallsRefused"] == 1
    assert len(harness.publisher.calls) == 0


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "rejected"])
def test_provider_gets_503_when_the_bus_fails(harness: Harness, kind: Any) -> None:
    harness.publisher.outage = kind

    response = harness.respond(signed_call(CAPTURE_BODY))

    assert response["statusCode"] == 503
    assert int(response["headers"]["retry-after"]) > 0


def test_provider_gets_503_when_the_secret_cannot_be_read(harness: Harness) -> None:
    harness.secrets_manager.error = ACCESS_ERROR

    response = harness.respond(signed_call(CAPTURE_BODY))

    assert response["statusCode"] == 503
    assert len(harness.publisher.calls) == 0


def test_base64_body_is_decoded_before_verification(harness: Harness) -> None:
    call = signed_call(CAPTURE_BODY)
    encoded_call = {**call, "body": base64.b64encode(call["body"].encode()).decode(), "isBase64Encoded": True}
    broken_call = {**encoded_call, "body": "@@@"}

    assert harness.respond(encoded_call)["statusCode"] == 202
    assert harness.respond(broken_call)["statusCode"] == 401


def test_values_of_a_rejected_call_are_not_returned_or_logged(harness: Harness) -> None:
    canary = "CANARY 7f3a"
    calls = [
        signed_call(example("payment.captured", order_id=canary, payment_id=canary, captured_at=canary)),
        signed_call({"id": canary, "type": canary, "data": {}}),
        signed_call({"id": canary, "type": "payment.captured", "data": {canary: canary}}),
        signed_call(f'{{"{canary}": 1, "{canary}": 2}}'),
        signed_call(CAPTURE_BODY, headers={"x-signature": canary}),
    ]

    responses = [harness.respond(call) for call in calls]

    assert {response["statusCode"] for response in responses} == {400, 401, 422}
    assert canary not in json.dumps(responses) + harness.logs.text
