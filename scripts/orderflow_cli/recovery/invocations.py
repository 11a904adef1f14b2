"""Invokes functions with what they missed."""

import json
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.messages import COUNT, Message

MAXIMUM_BYTES = 5_000_000
"""Of one synchronous invocation; Lambda takes 6 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def later(cloud: Cloud, function: str, event: dict[str, Any]) -> None:
    """Invoke asynchronously, as whoever failed to would have: Lambda retries, and keeps what fails."""
    cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())


def with_records(cloud: Cloud, function: str, records: list[dict[str, Any]]) -> None:
    """Invoke with stream records, in order, and wait. Raises UserError when the function did not handle all."""
    for pack in _packs(records):
        answer = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": pack}).encode())
        told = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            kind = told.get("errorType", "an error") if isinstance(told, dict) else "an error"
            raise UserError(f"{function} raised {kind}; see its log")
        failures = told.get("batchItemFailures") if isinstance(told, dict) else None
        if failures:
            raise UserError(f"{function} could not handle the records from {failures[0].get('itemIdentifier')} on")


def _packs(records: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    packs: list[list[dict[str, Any]]] = [[]]
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if packs[-1] and size + length > MAXIMUM_BYTES:
            packs.append([])
            size = 0
        packs[-1].append(record)
        size += length
    return packs


def notification(message: Message, subscription_arn: str) -> dict[str, Any] | None:
    """The event with which SNS invokes a function, from the notification that it kept; None when it is none.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    kept = message.json
    if not isinstance(kept, dict) or kept.get("Type") != "Notification":
        return None
    renamed = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    sns = {renamed.get(name, name): value for name, value in kept.items()}
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "EventSource": "aws:sns",
        "Sns": {"Subject": None, "MessageAttributes": {}, **sns},
    }
    return {"Records": [record], COUNT: message.redrives + 1}
