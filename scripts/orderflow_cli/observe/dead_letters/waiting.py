"""What waits in the dead-letter sources of an environment, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.reading import reader
from orderflow_cli.observe.dead_letters.sources import Source

LOOKED_AT = 10
"""Messages of a source that are read for their age and reason; reading all of a full queue would take minutes."""


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


def _of(cloud: Cloud, source: Source) -> Waiting:
    found = reader(cloud, source)
    count = found.count()
    if not count:
        return Waiting(source, 0)
    with found.messages(LOOKED_AT) as messages:
        seen = list(messages)
    ages = [message.at for message in seen if message.at]
    return Waiting(source, count, min(ages, default=None), Counter(message.reason for message in seen))
