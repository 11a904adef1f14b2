"""Reads routes.toml, which supplements a plan with the paths of the contracts, examples and matrix, the bus and topic
of the contracts' events, events without a contract, and accepted findings with their reasons."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from orderflow_cli import UserError
from orderflow_cli.routes import messages
from orderflow_cli.routes.messages import Contract, Message

SETTINGS_FILE: Final = "routes.toml"
_KEYS: Final = {"contracts", "examples", "events", "matrix", "source_prefix", "carrier", "event", "accept"}


@dataclass(frozen=True)
class AcceptedFinding:
    """A finding to accept: its id, its address (* matches anything) and the reason."""

    finding: str
    address: str
    reason: str

    def applies_to_any(self, addresses: Iterable[str]) -> bool:
        return any(self.covers(self.finding, one) for one in addresses)

    def covers(self, finding: str, address: str) -> bool:
        # Brackets are literal, because they are part of addresses.
        return finding == self.finding and fnmatchcase(address, self.address.replace("[", "[[]"))


@dataclass(frozen=True)
class Settings:
    contracts_folder: Path | None = None
    examples_folder: Path | None = None
    events_folder: Path | None = None
    matrix_file: Path | None = None
    source_prefix: str = ""
    name_patterns: Mapping[str, str] = field(default_factory=dict)
    """Name patterns, with *, of the buses and topics that deliver the contracts' events, by carrier (bus or topic)."""
    events: Sequence[Mapping[str, Any]] = ()
    acceptances: Sequence[AcceptedFinding] = ()

    @classmethod
    def load(cls, file: Path) -> "Settings":
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{file} cannot be read as TOML: {error}") from None
        if unknown_keys := sorted(set(document) - _KEYS):
            raise UserError(f"{file}: each key must be one of {', '.join(sorted(_KEYS))}; got {unknown_keys[0]}.")
        path_fields = {**{key: f"{key}_folder" for key in ("contracts", "examples", "events")}, "matrix": "matrix_file"}
        paths = {field: file.parent / document[key] for key, field in path_fields.items() if key in document}
        try:
            acceptances = [AcceptedFinding(**one) for one in document.get("accept", [])]
        except TypeError:
            raise UserError(f"{file}: each [[accept]] must have exactly finding, address and reason.") from None
        prefix, name_patterns = document.get("source_prefix", ""), document.get("carrier", {})
        events = document.get("event", [])
        return cls(**paths, source_prefix=prefix, name_patterns=name_patterns, events=events, acceptances=acceptances)

    @classmethod
    def find(cls, file: Path | None, default: Path | None = None) -> "Settings":
        """Load the settings from `file`; if it is None, from the current folder or else from `default`."""
        files = [file] if file else [one for one in (Path(SETTINGS_FILE), default) if one and one.is_file()]
        return cls.load(files[0]) if files else cls()

    def selects_bus_or_topic(self, kind: str, name: str) -> bool:
        """Return whether the contracts' events are on the bus or topic with this name."""
        return fnmatchcase(name, self.name_patterns.get(kind, "*"))

    @cached_property
    def contracts(self) -> list[Contract]:
        if self.contracts_folder is None:
            return []
        return messages.load(self.contracts_folder, self.examples_folder, self.source_prefix)

    def single_events(self, account: str, region: str) -> list[Message]:
        """Return the events without a contract, from the settings and from the folder of events."""
        files = sorted(self.events_folder.glob("*.json")) if self.events_folder else []
        return [*(messages.read(file) for file in files), *(_event(one, account, region) for one in self.events)]


def _event(entry: Mapping[str, Any], account: str, region: str) -> Message:
    """Return the event of an [[event]] table: source, detail-type, and optional name, detail and envelope fields."""
    envelope = {"account": account or "000000000000", "region": region or "eu-west-1", **entry}
    source, detail_type = (envelope.pop(key) for key in ("source", "detail-type"))
    name, detail = envelope.pop("name", detail_type), envelope.pop("detail", {})
    return messages.event(source, detail_type, detail, name=name, **envelope)


FINDING_KINDS: Final = {
    "invalid-pattern": "AWS rejects the pattern or filter",
    "misplaced-operator": "A pattern or filter uses an operator as the name of a field",
    "unmatchable": "No valid event can match the pattern or filter",
    "dead-branch": "No valid event can match one branch of $or",
    "unknown-field": "A pattern or filter names a field that no valid event has",
    "impossible-value": "A pattern or filter requires a value that no valid event has",
    "nobody-receives": "An event type has no receiver",
    "no-target": "A rule has no target, or its target names another bus",
    "consumer-misses": "A contract names a consumer that does not receive its events",
    "received-twice": "A target receives an event twice",
    "missing-path": "A target reads a path that the events do not have, or its template has an undefined placeholder",
    "limit": "A default AWS quota is exceeded",
    "no-permission": "A target or dead-letter queue does not allow the sender",
    "no-dead-letter-queue": "Undeliverable events are lost: there is no usable dead-letter queue",
    "loop": "An event can return to its source (loop)",
    "matrix-differs": "The committed matrix differs from the plans",
    "idle-acceptance": "An accepted finding does not occur",
    "cannot-be-told": "This plan does not contain enough information to decide",
    "permission-unknown": "This plan does not show whether a target or dead-letter queue allows the sender",
}
UNDECIDED_KINDS: Final = ("cannot-be-told", "permission-unknown")
"""Kinds of findings that count as neither a pass nor a failure."""


@dataclass(frozen=True)
class Finding:
    """A finding of the check; `address` is a resource's address or a contract's name."""

    kind: str
    address: str
    message: str
    file: Path | None = None
    line: int = 0
    plan: str = ""
    acceptance_reason: str = field(default="", compare=False)

    @property
    def is_failure(self) -> bool:
        return not self.acceptance_reason and self.kind not in UNDECIDED_KINDS
