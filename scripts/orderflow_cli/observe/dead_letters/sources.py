"""The dead-letter sources of an environment, as Terraform published them.

The parameter `/<project>/<environment>/dead-letters/<kind>/<owner>` holds a queue or bucket and the redrive target."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud

KINDS = ("rule", "subscription", "queue", "function", "bucket", "schedule", "bus", "unrouted")


@dataclass(frozen=True)
class Source:
    """A source of dead-letter messages; `container` is the name of its queue or, for kind `bucket`, its bucket.
    `target`: ARN of a rule, of a subscription or of a schedule's function, or name of a queue, function or bus.
    `redrive_event_source`: the `source` of the events that redrive the messages of an API destination."""

    kind: str
    owner: str
    container: str
    target: str = ""
    redrive_event_source: str | None = None

    @property
    def name(self) -> str:
        """The name on the command line: `rule/intake`."""
        return f"{self.kind}/{self.owner}"

    @property
    def is_bucket(self) -> bool:
        return self.kind == "bucket"


def read(cloud: Cloud) -> list[Source]:
    """Return all sources, sorted by kind as in KINDS, then by owner. Raises UserError if none is published."""
    parameters = cloud.parameters("dead-letters")
    sources = []
    for name, text in parameters.items():
        (kind, _, owner), value = name.partition("/"), json.loads(text)
        container = value.get("queue") or value["bucket"]
        sources.append(Source(kind, owner, container, value.get("to", ""), value.get("redrive_event_source")))
    ranks = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(sources, key=lambda source: (ranks.get(source.kind, len(ranks)), source.owner))


def find(sources: Iterable[Source], name: str) -> Source:
    """Return the source with this name (`kind/owner`) or of this queue or bucket. Raises UserError if not found."""
    all_sources = list(sources)
    for source in all_sources:
        if name in (source.name, source.container):
            return source
    names = ", ".join(source.name for source in all_sources)
    raise UserError(f"Unknown dead-letter source {name!r}; choose from {names}.")
