import pytest

from common.errors import PermanentError
from recorder.read import read_event
from tests.support import events
from tests.support.invocations import envelope
from tests.unit.contracts.examples import example


@pytest.mark.parametrize("replay_field", [{}, {"replay-name": "again"}])
def test_event_from_a_rule_or_a_replay_is_returned(replay_field: dict[str, str]) -> None:
    event = events.order_placed()

    assert read_event(envelope(event, **replay_field)) == event


def test_unknown_fields_are_ignored_whatever_their_value() -> None:
    event = events.payment_captured()
    new_fields = {"exchange_rate": 1.0832, "fee": 10.0, "trace": 10**19, "note": "\ud83d"}
    newer_event = {**event, "data": {**event["data"], **new_fields}}

    assert read_event(envelope(event, detail=newer_event, **{"x-rate": 0.5})) == event


def test_order_without_partner_data_is_accepted_only_in_a_replay() -> None:
    event = example("OrderPlaced.v1", "partner_archived")

    assert read_event(envelope(event, **{"replay-name": "again"})) == event
    with pytest.raises(PermanentError, match="missing_field"):
        read_event(envelope(event))


EVENT = events.payment_captured()
METADATA = EVENT["metadata"]
EVENTS_WITH_WRONG_AMOUNTS = [{**EVENT, "data": {**EVENT["data"], "amount": amount}} for amount in (-1, 10.5, 10**19)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        *((text, "malformed_json") for text in ("", "{", '{"detail": {}, "detail": {}}')),
        ('{"detail": {"amount": NaN}}', "malformed_json"),
        *((text, "malformed_json") for text in ("[" * 5_000, '{"detail": "' + "x" * 2_000_000 + '"}')),
        *((text, "not_an_event") for text in ("[]", "{}", envelope(EVENT, detail="text"))),
        (envelope(EVENT, detail={}), "missing_field"),
        (envelope(EVENT, detail={**EVENT, "metadata": {**METADATA, "schema_version": 2}}), "unknown_schema_version"),
        (envelope(EVENT, detail={**EVENT, "metadata": {**METADATA, "event_type": "Hello"}}), "unknown_event_type"),
        *((envelope(EVENT, detail=event), "invalid_field") for event in EVENTS_WITH_WRONG_AMOUNTS),
        *((envelope(EVENT, **{"detail-type": name}), "envelope_mismatch") for name in ("PaymentDeclined", None)),
        *((envelope(EVENT, source=name), "envelope_mismatch") for name in ("orderflow.finance", "webhooks")),
    ],
    ids=lambda value: value if len(value) < 40 else "long",
)
def test_invalid_message_raises_a_permanent_error(body: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=f"^{reason}:"):
        read_event(body)
