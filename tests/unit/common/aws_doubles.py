"""Clients of EventBridge and SNS that answer as told and write down every call."""

from collections.abc import Mapping, Sequence
from typing import Any

# What one call answers: an exception for the whole call, or by event id the error code of an entry, None for accepted.
type Answer = Exception | Mapping[str, str]


class _Double:
    """`sent` holds the event ids of every call."""

    event: str

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[list[dict[str, Any]]] = []

    @property
    def sent(self) -> list[list[str]]:
        return [[self._id_in(entry) for entry in request] for request in self.requests]

    def _errors(self, entries: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str | None]]:
        """Every entry with its error code, as the next answer has it."""
        self.requests.append(list(entries))
        answer = self._answers.pop(0) if self._answers else {}
        if isinstance(answer, Exception):
            raise answer
        return [(entry, answer.get(self._id_in(entry))) for entry in entries]

    def _id_in(self, entry: dict[str, Any]) -> str:
        return entry[self.event].partition('"event_id":"')[2].partition('"')[0]


class BusDouble(_Double):
    """PutEvents."""

    event = "Detail"

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as botocore names it
        codes = [code for _, code in self._errors(Entries)]
        results = [{"ErrorCode": code, "ErrorMessage": "as told"} if code else {"EventId": "e"} for code in codes]
        return {"Entries": results, "FailedEntryCount": len(codes) - codes.count(None)}


class TopicDouble(_Double):
    """PublishBatch."""

    event = "Message"

    def publish_batch(self, *, TopicArn: str, PublishBatchRequestEntries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        # SNS promises no order of its results.
        for entry, code in reversed(self._errors(PublishBatchRequestEntries)):
            if code is None:
                answer["Successful"].append({"Id": entry["Id"], "MessageId": "m"})
            else:
                answer["Failed"].append({"Id": entry["Id"], "Code": code, "Message": "as told", "SenderFault": True})
        return answer
