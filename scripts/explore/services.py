"""In-memory AWS services: a call can fail or run twice, and a response can get lost, while other invocations run."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from explore.dynamodb import DynamoDB, Item, Table, client_error
from explore.partners import SECRETS
from explore.timeline import START, ProcessKilledError, Timeline

ERROR_CODES = {
    "dynamodb": ("ProvisionedThroughputExceededException", "InternalServerError"),
    "events": ("ThrottlingException", "InternalException"),
    "sns": ("ThrottledException", "InternalErrorException"),
    "sqs": ("RequestThrottled", "ServiceUnavailable"),
    "s3": ("SlowDown", "InternalError"),
    "secretsmanager": ("InternalServiceError",),
}
ENTRIES_PARAMETERS = {"put_events": "Entries", "publish_batch": "PublishBatchRequestEntries"}
FAULTS = ("rejected", "unreachable", "response lost", "killed before", "killed after")
MAX_MESSAGE_BYTES = 262_144


@dataclass
class FaultPlan:
    """Faults to inject: `fault_share` of calls and deliveries fail, `duplicate_share` of deliveries are repeated;
    `outages` are (hop, start, end) in seconds since START; `faults_by_call`, if set, maps call numbers to faults."""

    fault_share: float = 0.0
    duplicate_share: float = 0.0
    outages: list[tuple[str, float, float]] = field(default_factory=list)
    faults_by_call: dict[int, str] | None = None

    @property
    def has_failures(self) -> bool:
        return bool(self.fault_share or self.outages or self.faults_by_call)


@dataclass
class DeadLetterMessage:
    """A dead-letter message, with its source and the reason."""

    source: str
    body: str
    time: float
    reason: str = ""


class Services(Timeline, ABC):
    """The state and the operations of the services. No random fault and no outage occurs while `fault_free` is set."""

    def __init__(self, seed: object, handlers: Any, plan: FaultPlan) -> None:
        super().__init__(seed, handlers)
        self.plan = plan
        self.fault_free = False
        self.calls = 0
        indexes = {"payment_due": ("due_shard", "payment_due_at"), "buyer": ("buyer", "placed_at")}
        self.tables = {
            "orders": Table(("order_id",), indexes, on_change=self.on_order_change),
            "claims": Table(("order_id",)),
            "stock": Table(("pk",)),
            "ledger": Table(("order_id", "entry_id"), on_change=self._on_ledger_change),
            "cases": Table(("order_id", "case_id")),
        }
        self.dead_letter_messages: list[DeadLetterMessage] = []
        self.notices: list[tuple[str, int, str]] = []
        self._dynamodb = DynamoDB(self.tables)

    def _on_ledger_change(self, before: Item | None, after: Item | None, is_expiration: bool) -> None:
        self.metrics["LedgerEntriesRewritten"] += before is not None

    @abstractmethod
    def on_order_change(self, before: Item | None, after: Item | None, is_expiration: bool) -> None:
        """Add a stream record for an item that was written or has expired."""

    @abstractmethod
    def publish(self, event_type: str, source: str, detail: str) -> None:
        """Put an event on the bus."""

    @abstractmethod
    def fan_out(self, body: str) -> None:
        """Deliver a message of the topic to its subscribers."""

    @abstractmethod
    def hide(self, receipt: str, seconds: float) -> None:
        """Make a received message visible again after `seconds`."""

    def is_down(self, hop: str) -> bool:
        if self.fault_free:
            return False
        elapsed = self.now - START
        return any(hop == affected_hop and begin <= elapsed < end for affected_hop, begin, end in self.plan.outages)

    def fault_occurs(self, probability: float) -> bool:
        return not self.fault_free and probability > 0 and self.rng.random() < probability

    def require_available(self, function: str) -> None:
        if self.is_down(f"function {function}"):
            self.metrics["failures"] += 1
            raise ProcessKilledError

    def call(self, function: str, service: str, operation: str, params: dict[str, Any]) -> Any:
        """Make one call. Other invocations run before its effect, and between its effect and its response."""
        self.pause(self._latency())
        fault = self._next_fault(function, service, operation, params)
        if fault is not None:
            self.metrics["failures"] += 1
            self.log(f"{function} -> {service}.{operation}: {fault}")
        execute = getattr(self, f"_{operation}", None) or getattr(self._dynamodb, operation)
        url = f"https://{service}.invalid"
        match fault:
            case "rejected":
                raise client_error(self.rng.choice(ERROR_CODES[service]), operation)
            case "unreachable":
                raise EndpointConnectionError(endpoint_url=url)
            case "killed before":
                raise ProcessKilledError
            case "conflict":
                reasons = [{"Code": "TransactionConflict"} for _ in params["TransactItems"]]
                raise client_error("TransactionCanceledException", operation, CancellationReasons=reasons)
            case "partial failure":
                return self._execute_partially(operation, params, execute)
            case "executed twice" if params.get("TopicArn") != "notices":
                execute(**params)
        response = execute(**params)
        self.pause(self._latency())
        if fault == "response lost":
            raise ReadTimeoutError(endpoint_url=url)
        if fault == "killed after":
            raise ProcessKilledError
        return response

    def _latency(self) -> float:
        return 0.2 * self.rng.random() ** 3

    def _next_fault(self, function: str, service: str, operation: str, params: Mapping[str, Any]) -> str | None:
        self.calls += 1
        if self.plan.faults_by_call is not None:
            return self.plan.faults_by_call.get(self.calls)
        if self.fault_free:
            return None
        for hop in (service, f"{function} {service}", f"table {params.get('TableName', '-')}"):
            if self.is_down(hop):
                return "unreachable"
        return self.rng.choice(possible_faults(operation)) if self.fault_occurs(self.plan.fault_share) else None

    def _execute_partially(self, operation: str, params: dict[str, Any], execute: Callable[..., Any]) -> Any:
        parameter = ENTRIES_PARAMETERS[operation]
        entries = params[parameter]
        failed_indexes = set(self.rng.sample(range(len(entries)), self.rng.randint(1, len(entries))))
        passed_entries = [entry for index, entry in enumerate(entries) if index not in failed_indexes]
        response = execute(**{**params, parameter: passed_entries}) if passed_entries else {}
        if operation == "put_events":
            results = iter(response.get("Entries", []))
            error = {"ErrorCode": "ThrottlingException", "ErrorMessage": "partial failure"}
            return {"Entries": [error if index in failed_indexes else next(results) for index in range(len(entries))]}
        failures = [{"Id": entries[n]["Id"], "Code": "Throttled", "SenderFault": False} for n in sorted(failed_indexes)]
        return {"Successful": response.get("Successful", []), "Failed": failures}

    def _put_events(self, **params: Any) -> Item:
        for entry in params["Entries"]:
            self.publish(entry["DetailType"], entry["Source"], entry["Detail"])
        return {"Entries": [{"EventId": f"bus-{next(self.numbers)}"} for _ in params["Entries"]]}

    def _publish_batch(self, **params: Any) -> Item:
        for entry in params["PublishBatchRequestEntries"]:
            if params["TopicArn"] == "notices":
                self._notify(entry["MessageAttributes"])
            else:
                self.fan_out(entry["Message"])
        return {"Successful": [{"Id": entry["Id"], "MessageId": "m"} for entry in params["PublishBatchRequestEntries"]]}

    def _notify(self, attributes: Item) -> None:
        kind, order_id, version = (attributes[name]["StringValue"] for name in ("kind", "order_id", "version"))
        self.log(f"notice {kind} {order_id}")
        self.notices.append((order_id, int(version), kind))

    def _send_message(self, **params: Any) -> Item:
        if len(params["MessageBody"].encode()) > MAX_MESSAGE_BYTES:
            raise client_error("InvalidParameterValue", "SendMessage")
        reason = json.loads(params["MessageBody"])["reason"]
        self.dead_letter_messages.append(DeadLetterMessage(params["QueueUrl"], params["MessageBody"], self.now, reason))
        return {"MessageId": "m"}

    def _change_message_visibility(self, **params: Any) -> Item:
        self.hide(params["ReceiptHandle"], float(params["VisibilityTimeout"]))
        return {}

    def _put_object(self, **params: Any) -> Item:
        body = params["Body"].decode()
        self.dead_letter_messages.append(DeadLetterMessage("bucket/relay", body, self.now, "rejected"))
        return {}

    def _get_secret_value(self, **_: Any) -> Item:
        return {"SecretString": json.dumps({name: {"current": value} for name, value in SECRETS.items()})}


def possible_faults(operation: str) -> tuple[str, ...]:
    """Return the faults that can be injected into a call of the operation."""
    if operation == "transact_write_items":
        return (*FAULTS, "conflict", "conflict")
    return (*FAULTS, "partial failure", "executed twice") if operation in ENTRIES_PARAMETERS else FAULTS
