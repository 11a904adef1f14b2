"""Clients of EventBridge and SNS that answer as told and write down every call."""

from collections.abc import Mapping, Sequence
from typing import Any

# What one call answers: an exception for the whole call, or by event id the error code of an entry, None for accepted.
type Answer = Exception | Mapping[str, str]


class BusDouble:
    """PutEvents; `sent` holds the event ids of every call."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[list[dict[str, Any]]] = []

    @property
    def sent(self) -> list[list[str]]:
        return [[event_id_in(entry["Detail"]) for entry in request] for request in self.requests]

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as botocore names it
        self.requests.append(list(Entries))
        errors = _next(self._answers)
        results = [
            {"ErrorCode": errors[event_id], "ErrorMessage": "as told"} if event_id in errors else {"EventId": event_id}
            for event_id in (event_id_in(entry["Detail"]) for entry in Entries)
        ]
        return {"Entries": results, "FailedEntryCount": sum("ErrorCode" in result for result in results)}


class TopicDouble:
    """PublishBatch; `sent` holds the event ids of every call."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[list[dict[str, Any]]] = []

    @property
    def sent(self) -> list[list[str]]:
        return [[event_id_in(entry["Message"]) for entry in request] for request in self.requests]

    def publish_batch(
        self,
        *,
        TopicArn: str,  # noqa: N803 - as botocore names it
        PublishBatchRequestEntries: Sequence[dict[str, Any]],  # noqa: N803 - as botocore names it
    ) -> dict[str, Any]:
        self.requests.append(list(PublishBatchRequestEntries))
        errors = _next(self._answers)
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        # SNS promises no order of its results.
        for entry in reversed(PublishBatchRequestEntries):
            code = errors.get(event_id_in(entry["Message"]))
            if code is None:
                answer["Successful"].append({"Id": entry["Id"], "MessageId": "m"})
            else:
                answer["Failed"].append({"Id": entry["Id"], "Code": code, "Message": "as told", "SenderFault": True})
        return answer


def _next(answers: list[Answer]) -> Mapping[str, str]:
    answer = answers.pop(0) if answers else {}
    if isinstance(answer, Exception):
        raise answer
    return answer


def event_id_in(text: str) -> str:
    return text.partition('"event_id":"')[2].partition('"')[0]
