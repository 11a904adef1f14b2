"""Errors as problem documents (RFC 9457), each with a stable type for clients.

A problem document names fields and rules; of what a client sent it has only the correlation id and field names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One type of problem. `name` is the last part of its URI, and the reason in the log."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        return f"urn:orderflow:problem:{self.name}"


MALFORMED_JSON = ProblemType("malformed-json", 400, "The body is not strict JSON")
NOT_FOUND = ProblemType("not-found", 404, "Not found")
METHOD_NOT_ALLOWED = ProblemType("method-not-allowed", 405, "Method not allowed")
BODY_TOO_LARGE = ProblemType("body-too-large", 413, "The body is too large")
UNSUPPORTED_MEDIA_TYPE = ProblemType("unsupported-media-type", 415, "The body must be application/json")
INTERNAL_ERROR = ProblemType("internal-error", 500, "Internal error")
UNAVAILABLE = ProblemType("unavailable", 503, "Service unavailable")


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error in one field; `field` is a path in the body (`lines[2].sku`) or the name of a header or parameter."""

    field: str
    reason: str


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818  # "problem document" is the term of RFC 9457
    """An error that is returned to the client as a problem document."""

    kind: ProblemType
    detail: str = ""
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self, correlation_id: str) -> dict[str, Any]:
        document: dict[str, Any] = {"type": self.kind.uri, "title": self.kind.title, "status": self.kind.status}
        if self.detail:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = [{"field": error.field, "reason": error.reason} for error in self.errors]
        return {**document, "correlation_id": correlation_id}
