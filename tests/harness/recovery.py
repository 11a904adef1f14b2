"""`orderflow redrive` on this process's AWS: its own code reads the letters and sends them back.

moto holds queues, bucket and bus. What the harness stands for it also answers for: the targets of the rules and the
endpoints of the subscriptions, which are those of its fan-outs, and the relay.
"""

import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.recovery.receipts import open_receipts
from orderflow_cli.recovery.redrive import Options, reader, redrive
from tests.harness.places import Places, arn, client
from tests.harness.stream_mapping import Handler
from tests.support.invocations import Context


class Recovery:
    """The dead-letter sources of one account; `handlers` by function."""

    def __init__(self, places: Places, handlers: Mapping[str, Handler]) -> None:
        own = {
            "sqs": places.queues,
            "events": _Events(places.target_arns()),
            "sns": _Subscriptions(),
            "lambda": _Functions(handlers),
            "s3": client("s3"),
        }
        self._cloud = Cloud("local", own.__getitem__)
        self._sources = places.dead_letters()

    def messages(self) -> Iterator[Message]:
        """Everything in the dead-letter sources, left there."""
        for source in self._sources:
            with reader(self._cloud, source).messages() as messages:
                yield from messages

    def redrive(self) -> Counter[str]:
        """Send every message back; how many from which source. Fails when one is kept."""
        sent: Counter[str] = Counter()
        with (
            tempfile.TemporaryDirectory() as folder,
            open_receipts("local", Path(folder, "receipt.jsonl"), Path(folder)) as receipts,
        ):
            for source in self._sources:
                outcome = redrive(self._cloud, source, Options(rate=0), receipts)
                assert outcome.complete, f"{source.name}: {outcome}"
                sent[source.name] += outcome.sent
        return +sent


class _Events:
    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self.put_events = client("events").put_events

    def list_targets_by_rule(self, **asked: Any) -> dict[str, Any]:
        role = asked["Rule"]
        return {"Targets": [{"Id": role, "Arn": self._targets[role]}]}


class _Subscriptions:
    def get_subscription_attributes(self, **asked: Any) -> dict[str, Any]:
        name = asked["SubscriptionArn"].rpartition(":")[2]
        return {"Attributes": {"Protocol": "sqs", "Endpoint": arn("sqs", name)}}


class _Functions:
    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def invoke(self, **asked: Any) -> dict[str, Any]:
        answer = self._handlers[asked["FunctionName"]](json.loads(asked["Payload"]), Context())
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}
