"""The dead-letter sources of an environment, as Terraform published them.

`/<project>/<environment>/dead-letters/<kind>/<owner>` holds the queue or bucket and where its messages go back to."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from orderflow_cli import UserError
from orderflow_cli.environments import Cloud

KINDS = ("rule", "subscription", "queue", "function", "bucket", "schedule", "bus", "unrouted")


@dataclass(frozen=True)
class Source:
    """A source of dead-letter messages. `container`: the name of a queue or, for kind `bucket`, of a bucket. `to`, by
    kind: the ARN of a rule, subscription or schedule's function, or the name of a queue, function or bus."""

    kind: str
    owner: str
    container: str
    to: str = ""
    redrive_source: str | None = None

    @property
    def name(self) -> str:
        """The name on the command line: `rule/intake`."""
        return f"{self.kind}/{self.owner}"

    @property
    def is_bucket(self) -> bool:
        return self.kind == "bucket"


def read(cloud: Cloud) -> list[Source]:
    """Return all sources, ordered by kind along the flow of an event. Raises UserError if none is published."""
    published = cloud.parameters("dead-letters")
    sources = []
    for name, text in published.items():
        (kind, _, owner), said = name.partition("/"), json.loads(text)
        container = said.get("queue") or said["bucket"]
        sources.append(Source(kind, owner, container, said.get("to", ""), said.get("redrive_source")))
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(sources, key=lambda source: (order.get(source.kind, len(order)), source.owner))


def find(sources: Iterable[Source], wanted: str) -> Source:
    """Return the source `wanted`, given as `kind/owner` or by its queue or bucket. Raises UserError if not found."""
    known = list(sources)
    for source in known:
        if wanted in (source.name, source.container):
            return source
    names = ", ".join(source.name for source in known)
    raise UserError(f"Unknown dead-letter source {wanted!r}; choose from {names}.")
