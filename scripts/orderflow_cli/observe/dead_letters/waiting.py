"""What waits in the dead-letter sources of an environment, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from orderflow_cli.environments import Cloud
from orderflow_cli.observe import queues
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.queues import LOOK_SECONDS, QueueReader
from orderflow_cli.observe.dead_letters.reading import reader
from orderflow_cli.observe.dead_letters.sources import Source

LOOKED_AT = 10
"""Messages of a source that are read for their age and reason; reading all of a full queue would take minutes."""

SEARCHED = 200
"""And for the orders that they name."""


@dataclass(frozen=True)
class Waiting:
    """``oldest`` and ``reasons`` (number by reason) are of the messages looked at, at most LOOKED_AT."""

    source: Source
    messages: int
    oldest: datetime | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """`unknown_sku, 3 received_too_often`."""
        return ", ".join(f"{number} {reason}" if number > 1 else reason for reason, number in self.reasons.items())


def waiting(cloud: Cloud, sources: Iterable[Source]) -> list[Waiting]:
    """One for each source, empty ones included."""
    return [_of(cloud, source) for source in sources]


def naming(cloud: Cloud, sources: Iterable[Source], order_id: str) -> list[Message]:
    """The messages that name the order, as far as they are looked at."""
    return [
        message
        for source in sources
        if reader(cloud, source).count()
        for message in look(cloud, source, SEARCHED)
        if order_id in message.orders
    ]


def look(cloud: Cloud, source: Source, most: int) -> list[Message]:
    """Up to `most` messages of a source. On AWS the messages of a queue are hidden from others for that moment."""
    found = reader(cloud, source, LOOK_SECONDS)
    if isinstance(found, QueueReader) and cloud.is_local:
        return [found.message(message) for message in islice(queues.peek(cloud, found.url), most)]
    with found.messages(most) as messages:
        return list(messages)


def _of(cloud: Cloud, source: Source) -> Waiting:
    count = reader(cloud, source).count()
    seen = look(cloud, source, LOOKED_AT) if count else []
    ages = [message.at for message in seen if message.at]
    return Waiting(source, count, min(ages, default=None), Counter(message.reason for message in seen))
