"""One history: the hops between the functions, the partners, the customers and the operators.

The hops behave as AWS documents them: they deliver at least once, in any order (but stream records in sequence), retry
up to a limit, and then move the message to a dead-letter queue."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from explore.dynamodb import Item
from explore.functions import CLOCK, Handler, load_recorder_for_restored_table
from explore.partners import SECRETS, Partners, callback_body
from explore.routing import INTAKE_RULE, Routing
from explore.services import DeadLetterMessage, FaultPlan, Services
from explore.timeline import ACCOUNT, DAY, HOUR, START
from simulators.callbacks import signature_headers

CONSUMERS = ("finance", "warehouse", "customer_service")
DOWNSTREAM_FUNCTIONS = ("relay", *CONSUMERS)
MAX_RECEIVES = 100
VISIBILITY_TIMEOUTS = {"intake": 90.0, **dict.fromkeys(CONSUMERS, 180.0)}
METHOD_NAMES = {"payment_request": "pay", "refund_request": "refund", "void_request": "void", "shipment_notice": "ship"}
MAX_RETRIES = 185
MAX_RETRY_SECONDS_BY_TARGET = {"payment_request": 1_800.0, "void_request": HOUR, **dict.fromkeys(CONSUMERS, 23 * DAY)}
"""How long delivery is retried; one day for a target that is not listed."""
MAX_RECORD_AGE = 12 * HOUR
CANCELLING_EVENTS = ("PaymentVoided", "PaymentUnknown", "OrderCancellationRequested", "StockRejected")
REPLAY_OVERLAP = 39 * HOUR
"""How long before the restore point a replay starts: the longest time that an event may take to reach the recorder."""


@dataclass(slots=True)
class Message:
    id: str
    body: str
    receive_count: int = 0
    visibility_timeout: float = 0.0
    redrive_count: int = 0


class Queue:
    def __init__(self, name: str) -> None:
        self.name = name
        self.function = "recorder" if name == "intake" else name
        self.visible: list[Message] = []
        self.is_poll_scheduled = False


class World(Services):
    """The system of one history. `accepted_orders` maps order ids to customers. Three sets contain order ids:
    `orders_to_cancel` (a customer requested a cancellation), `erased_orders` (the personal data was erased) and
    `unchecked_cancellations` (paid; the recorder acknowledged a cancellation without asking the warehouse)."""

    def __init__(
        self, seed: object, handlers: Mapping[str, Handler], plan: FaultPlan, routing: Routing, stock: Mapping[str, int]
    ) -> None:
        super().__init__(seed, handlers, plan)
        self.routing = routing
        self.initial_stock = stock
        self.accepted_orders: dict[str, str] = {}
        self.orders_to_cancel: set[str] = set()
        self.erased_orders: set[str] = set()
        self.unchecked_cancellations: set[str] = set()
        self.versions: defaultdict[str, dict[int, str]] = defaultdict(dict)
        self.archive: list[tuple[float, str, str, str]] = []
        self.partners = Partners(self.rng, self.call_later, self._call_back, CLOCK.utc_now)
        self.deadline_check_enabled = True
        self.recorder_paused = self.restored = False
        self._pending_count = 0
        self._backup: tuple[float, dict[tuple[str, ...], Item]] = (START, {})
        self.queues = {name: Queue(name) for name in VISIBILITY_TIMEOUTS}
        self._received: dict[str, Message] = {}
        self._stream: list[Item] = []
        self._position = 0
        self._stream_tries = 0
        self._is_relaying = False
        self._is_check_scheduled = False
        for sku, count in stock.items():
            self.tables["stock"].write((f"sku#{sku}",), {"pk": {"S": f"sku#{sku}"}, "available": {"N": str(count)}})

    # Bus

    def publish(self, event_type: str, source: str, detail: str, *, is_replay: bool = False, rule: str = "") -> None:
        matching_rules = self.routing.matching_rules(event_type, source)
        self.log(f"bus: {event_type} {detail}")
        if not matching_rules:
            self.dead_letter_messages.append(DeadLetterMessage("unrouted", detail, self.now, event_type))
        if not is_replay:
            self.archive.append((self.now, event_type, source, detail))
        for role in matching_rules:
            if role == INTAKE_RULE and rule in {"", role}:
                marker = '"replay-name":"replay",' if is_replay else ""
                self._deliver(
                    "intake",
                    f'{{"version":"0","id":"bus-{next(self.numbers)}","detail-type":"{event_type}","source":"{source}",'
                    f'"account":"{ACCOUNT}","time":"2026-03-01T09:30:00Z","region":"eu-west-1",{marker}"resources":[],'
                    f'"detail":{detail}}}',
                )
            elif role != INTAKE_RULE and not is_replay:
                self._deliver(role, detail)

    def _deliver(self, target: str, body: str) -> None:
        for _ in range(2 if self.fault_occurs(self.plan.duplicate_share) else 1):
            self._pending_count += target in CONSUMERS
            self._attempt_delivery_later(self._delay(), target, body, 0, self.now)

    def _attempt_delivery_later(self, seconds: float, target: str, body: str, tries: int, since: float) -> None:
        self.call_later(seconds, lambda: self._attempt_delivery(target, body, tries, since))

    def _delay(self) -> float:
        return 0.0 if self.fault_free else self.rng.choice((0.0, 0.05, 0.5, 3.0))

    def _attempt_delivery(self, target: str, body: str, tries: int, since: float) -> None:
        if self.is_down(f"target {target}") or self.fault_occurs(self.plan.fault_share):
            retries_exhausted = target not in CONSUMERS and tries >= MAX_RETRIES
            if retries_exhausted or self.now - since > MAX_RETRY_SECONDS_BY_TARGET.get(target, DAY):
                self._add_dead_letter_message(target, f"rule/{target}", body)
            else:
                self._attempt_delivery_later(min(1_800.0, 2.0 ** min(tries, 11)), target, body, tries + 1, since)
        elif target in METHOD_NAMES:
            getattr(self.partners, METHOD_NAMES[target])(json.loads(body))
        else:
            self.send(target, body)

    # Queues

    def send(self, queue: str, body: str, redrive_count: int = 0) -> None:
        self.queues[queue].visible.append(Message(f"m-{next(self.numbers)}", body, redrive_count=redrive_count))
        self._poll_later(self.queues[queue], self._delay())

    def hide(self, receipt: str, seconds: float) -> None:
        if receipt in self._received:  # otherwise another delivery has handled it
            self._received[receipt].visibility_timeout = seconds

    def _poll_later(self, queue: Queue, seconds: float) -> None:
        if not queue.is_poll_scheduled:
            queue.is_poll_scheduled = True
            self.call_later(seconds, lambda: self._poll(queue))

    def _poll(self, queue: Queue) -> None:
        queue.is_poll_scheduled = False
        while queue.visible and not (self.recorder_paused and queue.name == "intake"):
            self.rng.shuffle(queue.visible)
            size = 10 if self.fault_free else self.rng.randint(1, 10)
            batch, queue.visible = queue.visible[:size], queue.visible[size:]
            self._invoke_consumer(queue, batch)
            if self.fault_occurs(self.plan.duplicate_share):
                copies = [Message(one.id, one.body, one.receive_count) for one in batch]
                self._invoke_consumer(queue, copies, is_duplicate=True)

    def _invoke_consumer(self, queue: Queue, batch: list[Message], *, is_duplicate: bool = False) -> None:
        """Invoke the queue's function. The batch's failed messages return to the queue unless `is_duplicate` is set."""
        records = []
        for message in batch:
            message.receive_count += 1
            message.visibility_timeout = VISIBILITY_TIMEOUTS[queue.name]
            receipt = f"r-{next(self.numbers)}"
            self._received[receipt] = message
            redrive_attributes = {"redrive_count": {"stringValue": str(n)}} if (n := message.redrive_count) else {}
            attributes = {"ApproximateReceiveCount": str(message.receive_count)}
            arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{queue.name}"
            fields = {"attributes": attributes, "messageAttributes": redrive_attributes, "eventSourceARN": arn}
            records.append({"messageId": message.id, "receiptHandle": receipt, "body": message.body, **fields})

        def handle_response(response: Any) -> None:
            for record in records:
                del self._received[str(record["receiptHandle"])]
            failed_ids = None if response is None else {one["itemIdentifier"] for one in response["batchItemFailures"]}
            if failed_ids is not None and queue.name == "intake":
                self._record_unchecked_cancellations([message for message in batch if message.id not in failed_ids])
            for message in () if is_duplicate else batch:
                if failed_ids is None or message.id in failed_ids:
                    self._return_to_queue(queue, message)
                else:
                    self._pending_count -= queue.name in CONSUMERS

        self.invoke(queue.function, {"Records": records}, handle_response)

    def _record_unchecked_cancellations(self, messages: list[Message]) -> None:
        """Note the paid orders whose cancellation the recorder acknowledged without asking the warehouse."""
        for message in messages:
            if "OrderCancellationRequested" in message.body:
                order_id = json.loads(message.body)["detail"]["data"]["order_id"]
                item = self.tables["orders"].items.get((order_id,), {})
                if item.get("status") == {"S": "paid"} and "cancel_requested_at" not in item:
                    self.unchecked_cancellations.add(order_id)

    def _add_dead_letter_message(self, target: str, source: str, body: str) -> None:
        self.log(f"{target}: gave up")
        self.dead_letter_messages.append(DeadLetterMessage(source, body, self.now))
        self._pending_count -= target in CONSUMERS

    def _return_to_queue(self, queue: Queue, message: Message) -> None:
        def make_visible() -> None:
            if message.receive_count >= MAX_RECEIVES:
                self._add_dead_letter_message(queue.name, f"queue/{queue.name}", message.body)
            else:
                queue.visible.append(message)
                self._poll_later(queue, 0.0)

        self.call_later(message.visibility_timeout, make_visible)

    # Table, stream, topic

    def on_order_change(self, before: Item | None, after: Item | None, is_expiration: bool) -> None:
        number = len(self._stream) + 1
        images = {name: image for name, image in (("OldImage", before), ("NewImage", after)) if image is not None}
        kind = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        fields = {"eventID": f"{number:032x}", "eventSource": "aws:dynamodb", "eventSourceARN": "stream"}
        change: Item = {"ApproximateCreationDateTime": self.now, "SequenceNumber": f"{number:021d}"}
        change |= {"StreamViewType": "NEW_AND_OLD_IMAGES", **images}
        record: Item = {**fields, "eventName": kind, "dynamodb": change}
        if is_expiration:
            record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        self._stream.append(record)
        if not self._is_relaying:
            self._is_relaying = True
            self.call_later(self._delay(), self._relay)
        if after is not None and "due_shard" in after and not self._is_check_scheduled:
            self._is_check_scheduled = True
            self.call_later(300.0, self._check_deadlines)

    def _relay(self) -> None:
        while self._position < len(self._stream) and self._age(self._stream[self._position]) > MAX_RECORD_AGE:
            self.log("relay: record too old")
            self._add_failed_records([self._stream[self._position]])
            self._position += 1
        record_count = len(self._stream) - self._position
        if not record_count:
            self._is_relaying = False
            return
        size = min(100, record_count if self.fault_free else self.rng.randint(1, record_count))
        is_duplicated = self.fault_occurs(self.plan.duplicate_share)

        def handle_response(response: Any) -> None:
            done_count = 0 if response is None else size
            if response and (failures := response["batchItemFailures"]):
                done_count = min(int(failure["itemIdentifier"]) for failure in failures) - 1 - self._position
            self._stream_tries = 0 if done_count else self._stream_tries + 1
            self._position += 0 if is_duplicated else done_count
            self.call_later(0.0 if done_count else min(600.0, 0.5 * 2.0 ** min(self._stream_tries, 11)), self._relay)

        self.invoke("relay", {"Records": self._stream[self._position : self._position + size]}, handle_response)

    def _age(self, record: Item) -> float:
        return self.now - float(record["dynamodb"]["ApproximateCreationDateTime"])

    def _add_failed_records(self, records: list[Item]) -> None:
        body = json.dumps({"payload": json.dumps({"Records": records})})
        self.dead_letter_messages.append(DeadLetterMessage("bucket/relay", body, self.now))

    def fan_out(self, body: str) -> None:
        document = json.loads(body)
        self.log(f"topic: {body}")
        if document["metadata"]["event_type"] == "OrderChanged":
            self.versions[document["data"]["order_id"]][document["data"]["version"]] = document["data"]["status"]
        for consumer in CONSUMERS:
            if self.routing.accepts(consumer, document):
                self._deliver(consumer, body)

    # Schedule, partners, customers

    def _check_deadlines(self) -> None:
        """Check the payment deadlines every five minutes, less often once an order is an hour or a day overdue."""
        due_times = [one["payment_due_at"]["S"] for one in self.tables["orders"].items.values() if "due_shard" in one]
        lateness = self.now - datetime.fromisoformat(min(due_times)).timestamp() if due_times else 0.0
        if not due_times or (self.fault_free and lateness > 10 * DAY):
            self._is_check_scheduled = False
            return
        self.call_later(300.0 if lateness < HOUR else HOUR if lateness < DAY else 6 * HOUR, self._check_deadlines)
        if lateness >= 0 and self.deadline_check_enabled:
            self.invoke("payment_deadline", {}, lambda _: None)

    def _call_back(self, caller: str, call: Mapping[str, Any], tries: int = 0) -> None:
        body = callback_body(call)

        def handle_response(response: Any) -> None:
            if response and response["statusCode"] == 422:
                self.log(f"refused: {call} {response['body']}")
            elif not response or response["statusCode"] != 202:
                delay = min(HOUR, 5.0 * 2.0 ** min(tries, 10))
                self.call_later(delay, lambda: self._call_back(caller, call, tries + 1))

        if self.is_down("webhooks"):
            handle_response(None)
            return
        headers = signature_headers(SECRETS[caller.replace("-", "_")], body, int(self.now))
        self.invoke("webhooks", _request(f"/webhooks/{caller}", headers, body, ""), handle_response)

    def place_order(self, key: str, body: bytes, customer: str, tries: int = 0) -> None:
        """Send a customer's request, and repeat it until it is accepted or the customer gives up."""

        def handle_response(response: Any) -> None:
            if response and response["statusCode"] == 202:
                self.accepted_orders[json.loads(response["body"])["order_id"]] = customer
                if not self.fault_occurs(self.plan.duplicate_share):
                    return
            if tries < 8:
                self.call_later(2.0 * 2.0**tries, lambda: self.place_order(key, body, customer, tries + 1))

        headers = {"content-type": "application/json", "idempotency-key": key}
        self.invoke("storefront_api", _request("/orders", headers, body, customer), handle_response)

    # Operators

    def redrive(self, targets: Sequence[str] = ()) -> None:
        """Redrive the dead-letter messages of all targets, or only of those in `targets`."""
        messages, self.dead_letter_messages = self.dead_letter_messages, []
        for message in messages:
            kind, _, name = message.source.partition("/")
            if targets and name not in targets:
                self.dead_letter_messages.append(message)
                continue
            self.log(f"redrive {message.source}")
            if kind == "rule":
                self._deliver(name, message.body)
            elif kind == "queue":
                self._pending_count += name in CONSUMERS
                self.send(name, message.body)
            elif kind == "function" and message.reason != "too_old":
                envelope = json.loads(message.body)
                queue = "intake" if name == "recorder" else name
                self._pending_count += queue in CONSUMERS
                self.send(queue, envelope["payload"], envelope.get("redrive_count", 0) + 1)
            elif kind == "bucket":
                payload = json.loads(json.loads(message.body)["payload"])
                self._redrive_records(payload.get("Records", [payload]))
            else:
                self.dead_letter_messages.append(message)

    def _redrive_records(self, records: list[Item]) -> None:
        def handle_response(response: Any) -> None:
            if response is None or response["batchItemFailures"]:
                self._add_failed_records(records)

        self.invoke("relay", {"Records": records}, handle_response)

    def replay(self, since: float, rule: str = "") -> None:
        """Replay the events archived since a time, in random order, to `rule` or to both intake rules."""
        if self.recorder_paused:  # not while a table is being restored
            self.call_later(DAY, lambda: self.replay(since, rule))
            return
        events = [(kind, source, detail) for at, kind, source, detail in self.archive if at >= since]
        self.rng.shuffle(events)
        for kind, source, detail in events:
            self.publish(kind, source, detail, is_replay=True, rule=rule)

    def take_backup(self) -> None:
        """Back up the orders table for a later restore."""
        self._backup = (self.now, dict(self.tables["orders"].items))

    def restore(self) -> None:
        """Replace the orders table with its backup, as in docs/runbooks/restore.md.

        The recorder and the deadline check are paused. Once the relay has read the stream to its end, the table is
        replaced. When the consumers have received all earlier messages, the archive is replayed from the first outage
        or earlier, as an outage turns events into dead-letter messages. The deadline check and the events that end
        unpaid orders are held back until a day after the last outage, and until the recorder's other dead-letter
        messages are redriven (or remain, because the order needs an operator)."""
        self.deadline_check_enabled, self.recorder_paused = False, True
        outages_start = START + min((begin for _, begin, _ in self.plan.outages), default=DAY * 365)
        outages_end = START + max((end for _, _, end in self.plan.outages), default=0.0)

        def attach() -> None:
            if self._is_relaying or self._position < len(self._stream):
                self.call_later(HOUR, attach)
                return
            since, items = self._backup
            self.log("restored")
            self.restored, self.recorder_paused = True, False
            self.tables["orders"].items = dict(items)
            unerased_ids = {key for key in self.erased_orders if "erased_at" not in items.get((key,), {})}
            self.erased_orders -= unerased_ids
            self._handlers = {**self._handlers, "recorder": load_recorder_for_restored_table(rebuilding=True)}
            self._poll_later(self.queues["intake"], 0.0)
            replay_start = min(since - REPLAY_OVERLAP, outages_start)
            self.call_later(HOUR, lambda: replay(replay_start, erase_again=bool(unerased_ids)))

        def replay(since: float, *, erase_again: bool, rounds: int = 4) -> None:
            must_redrive = any(message.source.endswith(DOWNSTREAM_FUNCTIONS) for message in self.dead_letter_messages)
            if rounds and (must_redrive or self._pending_count):
                self.redrive(targets=DOWNSTREAM_FUNCTIONS)
                rounds_left = rounds - (must_redrive and self.now > outages_end)
                self.call_later(HOUR, lambda: replay(since, erase_again=erase_again, rounds=rounds_left))
                return
            self.replay(since, rule="intake")
            self.call_later(max(DAY, outages_end + DAY - self.now), lambda: resume(erase_again=erase_again))

        def resume(*, erase_again: bool, rounds: int = 4) -> None:
            if rounds and any(
                message.source.endswith("/intake") and not any(kind in message.body for kind in CANCELLING_EVENTS)
                for message in self.dead_letter_messages
            ):
                self.redrive()
                self.call_later(DAY, lambda: resume(erase_again=erase_again, rounds=rounds - 1))
                return
            self._handlers = {**self._handlers, "recorder": load_recorder_for_restored_table(rebuilding=False)}
            self.deadline_check_enabled = True
            if erase_again:
                self.erase("customer-0")
            if not self._is_check_scheduled:
                self._check_deadlines()

        self.call_later(HOUR, attach)

    def erase(self, customer: str) -> None:
        """Run `orderflow erase` with a client that has only the methods the command uses."""
        from orderflow_cli.recovery import erase

        pages = SimpleNamespace(paginate=lambda **params: iter([self._dynamodb.query(**params)]))
        get, update = self._dynamodb.get_item, self._dynamodb.update_item
        exceptions = SimpleNamespace(ConditionalCheckFailedException=ClientError)
        client = SimpleNamespace(get_paginator=lambda _: pages, get_item=get, update_item=update, exceptions=exceptions)
        cloud: Any = SimpleNamespace(client=lambda _: client, parameter=lambda _: "table/orders")
        for order in erase.find_customer_orders(cloud, customer):
            if order.skip_reason is None and erase.erase(cloud, order, CLOCK.utc_now()):
                self.log(f"erased {order.order_id}")
                self.erased_orders.add(order.order_id)

    def expire(self) -> None:
        """Delete the items whose time to live has passed."""
        for table in self.tables.values():
            for key, item in list(table.items.items()):
                if "expires_at" in item and int(item["expires_at"]["N"]) < self.now:
                    table.write(key, None, is_expiration=True)


def _request(path: str, headers: Mapping[str, str], body: bytes, customer: str) -> Item:
    """Return a POST request in the format of an API Gateway event."""
    authorizer = {"jwt": {"claims": {"sub": customer}, "scopes": None}}
    http = {"method": "POST", "path": path}
    context = {"http": http, "stage": "$default", "requestId": "r", "authorizer": authorizer}
    route = {"version": "2.0", "routeKey": f"POST {path}", "rawPath": path, "rawQueryString": ""}
    lower_case_headers = {name.lower(): value for name, value in headers.items()}
    content = {"isBase64Encoded": False, "body": body.decode()}
    return {**route, "headers": lower_case_headers, "requestContext": context, **content}
