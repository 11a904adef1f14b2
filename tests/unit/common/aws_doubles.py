"""Test doubles of EventBridge and SNS clients, which return configured responses and record every call."""

from collections.abc import Mapping, Sequence
from typing import Any

# The response to one call: an exception for the whole call, or error codes by event id; other entries are accepted.
type Response = Exception | Mapping[str, str]


class _ClientDouble:
    """A client that records its calls; `sent_ids` has the event ids of each call."""

    event_key: str

    def __init__(self, *responses: Response) -> None:
        self._responses = list(responses)
        self.requests: list[list[dict[str, Any]]] = []

    @property
    def sent_ids(self) -> list[list[str]]:
        return [[self._event_id(entry) for entry in request] for request in self.requests]

    def _respond(self, entries: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str | None]]:
        """Record the entries and return each with its error code in the next response, or None."""
        self.requests.append(list(entries))
        response = self._responses.pop(0) if self._responses else {}
        if isinstance(response, Exception):
            raise response
        return [(entry, response.get(self._event_id(entry))) for entry in entries]

    def _event_id(self, entry: dict[str, Any]) -> str:
        return entry[self.event_key].partition('"event_id":"')[2].partition('"')[0]


class BusDouble(_ClientDouble):
    """A test double of an EventBridge client that has only `put_events`."""

    event_key = "Detail"

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as botocore names it
        codes = [code for _, code in self._respond(Entries)]
        results = [{"ErrorCode": code, "ErrorMessage": "details"} if code else {"EventId": "e"} for code in codes]
        return {"Entries": results, "FailedEntryCount": len(codes) - codes.count(None)}


class TopicDouble(_ClientDouble):
    """A test double of an SNS client that has only `publish_batch`."""

    event_key = "Message"

    def publish_batch(self, *, TopicArn: str, PublishBatchRequestEntries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        response: dict[str, Any] = {"Successful": [], "Failed": []}
        # SNS does not guarantee the order of results.
        for entry, code in reversed(self._respond(PublishBatchRequestEntries)):
            if code is None:
                response["Successful"].append({"Id": entry["Id"], "MessageId": "m"})
            else:
                response["Failed"].append({"Id": entry["Id"], "Code": code, "Message": "details", "SenderFault": True})
        return response
