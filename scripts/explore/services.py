"""AWS as seen by a function: calls may fail, be lost or repeated, and other invocations run meanwhile."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from explore.dynamodb import DynamoDB, Item, Table, failure
from explore.partners import SECRETS
from explore.timeline import START, Killed, Timeline

REFUSALS = {
    "dynamodb": ("ProvisionedThroughputExceededException", "InternalServerError"),
    "events": ("ThrottlingException", "InternalException"),
    "sns": ("ThrottledException", "InternalErrorException"),
    "sqs": ("RequestThrottled", "ServiceUnavailable"),
    "s3": ("SlowDown", "InternalError"),
    "secretsmanager": ("InternalServiceError",),
}
ENTRIES = {"put_events": "Entries", "publish_batch": "PublishBatchRequestEntries"}
KINDS = ("refused", "unreachable", "answer lost", "killed before", "killed after")
LARGEST_MESSAGE = 262_144


@dataclass
class Plan:
    """What fails. `faults`: the share of AWS calls; `again`: of deliveries made twice; `outages`: hop, from, until in
    seconds from the start. `script`: instead of chance, the faults of calls by their number."""

    faults: float = 0.0
    again: float = 0.0
    outages: list[tuple[str, float, float]] = field(default_factory=list)
    script: dict[int, str] | None = None

    @property
    def disturbs(self) -> bool:
        return bool(self.faults or self.outages or self.script)


@dataclass
class DeadLetter:
    """A dead-letter message, its source, and why it is there."""

    source: str
    body: str
    at: float
    reason: str = ""


class Services(Timeline, ABC):
    """The services' state and calls. `calm`: nothing fails any more."""

    def __init__(self, seed: object, handlers: Any, plan: Plan) -> None:
        super().__init__(seed, handlers)
        self.plan = plan
        self.calm = False
        self.calls = 0
        indexes = {"payment_due": ("due_shard", "payment_due_at"), "buyer": ("buyer", "placed_at")}
        self.tables = {
            "orders": Table(("order_id",), indexes, on_change=self.changed),
            "claims": Table(("order_id",)),
            "stock": Table(("pk",)),
            "ledger": Table(("order_id", "entry_id"), on_change=self._entered),
            "cases": Table(("order_id", "case_id")),
        }
        self.dead_letters: list[DeadLetter] = []
        self.notices: list[tuple[str, int, str]] = []
        self._dynamodb = DynamoDB(self.tables)

    def _entered(self, before: Item | None, after: Item | None, by_service: bool) -> None:
        self.metrics["LedgerEntriesRewritten"] += before is not None

    @abstractmethod
    def changed(self, before: Item | None, after: Item | None, by_service: bool) -> None:
        """Add a change to the stream: an item was written, or removed by its expiry."""

    @abstractmethod
    def publish(self, event_type: str, source: str, detail: str) -> None:
        """Put an event on the bus."""

    @abstractmethod
    def fan_out(self, body: str) -> None:
        """Deliver a topic's message to its subscribers."""

    @abstractmethod
    def hide(self, receipt: str, seconds: float) -> None:
        """Hide a message of a queue for `seconds`."""

    def down(self, hop: str) -> bool:
        if self.calm:
            return False
        passed = self.now - START
        return any(hop == place and begin <= passed < end for place, begin, end in self.plan.outages)

    def chance(self, share: float) -> bool:
        return not self.calm and share > 0 and self.rng.random() < share

    def begin(self, function: str) -> None:
        if self.down(f"function {function}"):
            self.metrics["failures"] += 1
            raise Killed

    def call(self, function: str, service: str, operation: str, asked: dict[str, Any]) -> Any:
        """Make one call: others run before its effect, and between its effect and its response."""
        self.pause(self._latency())
        fault = self._fault(function, service, operation, asked)
        if fault is not None:
            self.metrics["failures"] += 1
            self.log(f"{function} -> {service}.{operation}: {fault}")
        execute = getattr(self, f"_{operation}", None) or getattr(self._dynamodb, operation)
        url = f"https://{service}.invalid"
        match fault:
            case "refused":
                raise failure(self.rng.choice(REFUSALS[service]), operation)
            case "unreachable":
                raise EndpointConnectionError(endpoint_url=url)
            case "killed before":
                raise Killed
            case "conflict":
                reasons = [{"Code": "TransactionConflict"} for _ in asked["TransactItems"]]
                raise failure("TransactionCanceledException", operation, CancellationReasons=reasons)
            case "in part":
                return self._in_part(operation, asked, execute)
            case "twice" if asked.get("TopicArn") != "notices":
                execute(**asked)
        answer = execute(**asked)
        self.pause(self._latency())
        if fault == "answer lost":
            raise ReadTimeoutError(endpoint_url=url)
        if fault == "killed after":
            raise Killed
        return answer

    def _latency(self) -> float:
        return 0.2 * self.rng.random() ** 3

    def _fault(self, function: str, service: str, operation: str, asked: Mapping[str, Any]) -> str | None:
        self.calls += 1
        if self.plan.script is not None:
            return self.plan.script.get(self.calls)
        if self.calm:
            return None
        for hop in (service, f"{function} {service}", f"table {asked.get('TableName', '-')}"):
            if self.down(hop):
                return "unreachable"
        return self.rng.choice(kinds_of(operation)) if self.chance(self.plan.faults) else None

    def _in_part(self, operation: str, asked: dict[str, Any], execute: Callable[..., Any]) -> Any:
        member = ENTRIES[operation]
        entries = asked[member]
        refused = set(self.rng.sample(range(len(entries)), self.rng.randint(1, len(entries))))
        kept = [entry for index, entry in enumerate(entries) if index not in refused]
        answer = execute(**{**asked, member: kept}) if kept else {}
        if operation == "put_events":
            accepted = iter(answer.get("Entries", []))
            error = {"ErrorCode": "ThrottlingException", "ErrorMessage": "in part"}
            return {"Entries": [error if index in refused else next(accepted) for index in range(len(entries))]}
        failed = [{"Id": entries[index]["Id"], "Code": "Throttled", "SenderFault": False} for index in sorted(refused)]
        return {"Successful": answer.get("Successful", []), "Failed": failed}

    def _put_events(self, **asked: Any) -> Item:
        for entry in asked["Entries"]:
            self.publish(entry["DetailType"], entry["Source"], entry["Detail"])
        return {"Entries": [{"EventId": f"bus-{next(self.numbers)}"} for _ in asked["Entries"]]}

    def _publish_batch(self, **asked: Any) -> Item:
        for entry in asked["PublishBatchRequestEntries"]:
            if asked["TopicArn"] == "notices":
                self._notify(entry["MessageAttributes"])
            else:
                self.fan_out(entry["Message"])
        return {"Successful": [{"Id": entry["Id"], "MessageId": "m"} for entry in asked["PublishBatchRequestEntries"]]}

    def _notify(self, attributes: Item) -> None:
        kind, order_id, version = (attributes[name]["StringValue"] for name in ("kind", "order_id", "version"))
        self.log(f"notice {kind} {order_id}")
        self.notices.append((order_id, int(version), kind))

    def _send_message(self, **asked: Any) -> Item:
        if len(asked["MessageBody"].encode()) > LARGEST_MESSAGE:
            raise failure("InvalidParameterValue", "SendMessage")
        reason = json.loads(asked["MessageBody"])["reason"]
        self.dead_letters.append(DeadLetter(asked["QueueUrl"], asked["MessageBody"], self.now, reason))
        return {"MessageId": "m"}

    def _change_message_visibility(self, **asked: Any) -> Item:
        self.hide(asked["ReceiptHandle"], float(asked["VisibilityTimeout"]))
        return {}

    def _put_object(self, **asked: Any) -> Item:
        self.dead_letters.append(DeadLetter("bucket/relay", asked["Body"].decode(), self.now, "refused"))
        return {}

    def _get_secret_value(self, **_: Any) -> Item:
        return {"SecretString": json.dumps({name: {"current": value} for name, value in SECRETS.items()})}


def kinds_of(operation: str) -> tuple[str, ...]:
    """Return the faults that are possible for an operation."""
    if operation == "transact_write_items":
        return (*KINDS, "conflict", "conflict")
    return (*KINDS, "in part", "twice") if operation in ENTRIES else KINDS
