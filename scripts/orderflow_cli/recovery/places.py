"""The dead-letter places of an environment, as Terraform published them.

`/orderflow/<environment>/dead-letters/<kind>` holds, by owner, the queue or bucket and where its letters go back to.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from orderflow_cli import UserError
from orderflow_cli.recovery.cloud import Cloud

KINDS = ("rule", "subscription", "queue", "function", "bucket", "schedule", "bus", "unrouted")


@dataclass(frozen=True)
class Place:
    """`container` is a queue's name, or a bucket's for the kind `bucket`. `to` is by kind: the rule's ARN, the
    subscription's ARN, the name of a queue, function or bus, or the ARN of the schedule's function."""

    kind: str
    owner: str
    container: str
    to: str = ""
    redrive_source: str | None = None

    @property
    def name(self) -> str:
        """What people call it: `rule/intake`."""
        return f"{self.kind}/{self.owner}"

    @property
    def is_bucket(self) -> bool:
        return self.kind == "bucket"


def read(cloud: Cloud) -> list[Place]:
    """All places, by kind in the order of an event's way. Raises UserError when none is published."""
    published = cloud.parameters("dead-letters")
    if not published:
        raise UserError(
            f"No dead-letter places are published for {cloud.environment}: apply terraform/environments/"
            f"{cloud.environment} (`make up` for the local cloud)."
        )
    places = [place for kind, text in published.items() for place in _of_kind(kind, json.loads(text))]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(places, key=lambda place: (order.get(place.kind, len(order)), place.owner))


def _of_kind(kind: str, owners: dict[str, dict[str, str]]) -> Iterable[Place]:
    for owner, said in owners.items():
        container = said.get("queue") or said["bucket"]
        yield Place(kind, owner, container, said.get("to", ""), said.get("redrive_source"))


def find(places: Iterable[Place], wanted: str) -> Place:
    """The place called `wanted`, by `kind/owner` or by its queue or bucket. Raises UserError when there is none."""
    known = list(places)
    for place in known:
        if wanted in (place.name, place.container):
            return place
    names = ", ".join(place.name for place in known)
    raise UserError(f"There is no dead-letter place {wanted!r}. There are: {names}.")
