"""A finding about a plan or a contract, and where it stands in the source."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

KINDS: Final = {
    "invalid-pattern": "AWS refuses the pattern or filter",
    "misplaced-operator": "A pattern reads an operator as the name of a field",
    "unmatchable": "No valid event can match the rule or filter",
    "dead-branch": "No valid event can match one branch of $or",
    "unknown-field": "A pattern, filter or transformer names a field that no contract has",
    "impossible-value": "A pattern or filter asks for a value that no valid event has there",
    "nobody-receives": "Nobody receives an event type",
    "consumer-misses": "A contract names a consumer that receives nothing of it",
    "received-twice": "One consumer gets an event twice",
    "missing-path": "A target reads a path that its events do not have",
    "limit": "A quota of AWS is exceeded",
    "no-permission": "A target does not let its sender in",
    "no-dead-letter-queue": "What cannot be delivered is lost",
    "loop": "An event can come back to where it was published",
    "matrix-differs": "The committed matrix says something else",
    "idle-acceptance": "An accepted finding is not found any more",
    "cannot-be-told": "It cannot be told from this plan",
    "permission-unknown": "It cannot be told from this plan whether a target lets its sender in",
}
UNKNOWN: Final = ("cannot-be-told", "permission-unknown")
"""The third answer: neither found nor passed."""


@dataclass(frozen=True)
class Finding:
    """`address` is that of a resource, or a contract's name."""

    kind: str
    address: str
    message: str
    file: Path | None = None
    line: int = 0
    plan: str = ""
    accepted: str = field(default="", compare=False)

    @property
    def fails(self) -> bool:
        return not self.accepted and self.kind not in UNKNOWN

    @property
    def place(self) -> str:
        return f" ({self.file}:{self.line})" if self.file else ""
