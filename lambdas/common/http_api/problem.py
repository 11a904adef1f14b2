"""Errors as problem documents (RFC 9457), with a type that clients can rely on.

A refusal names fields and rules; it never repeats a value that the client sent, nor anything internal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of problem. `name` is the end of its type URI, and its name in logs and metrics."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        return f"urn:orderflow:problem:{self.name}"


MALFORMED_JSON = Kind("malformed-json", 400, "The body is not strict JSON")
NOT_FOUND = Kind("not-found", 404, "Not found")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "Method not allowed")
BODY_TOO_LARGE = Kind("body-too-large", 413, "The body is too large")
UNSUPPORTED_MEDIA_TYPE = Kind("unsupported-media-type", 415, "The body must be application/json")
INTERNAL_ERROR = Kind("internal-error", 500, "Internal error")
UNAVAILABLE = Kind("unavailable", 503, "Service unavailable")


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error in one field; `field` is its path in the body (`lines[2].sku`) or a header's name."""

    field: str
    reason: str


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818  # "problem document" is the term of RFC 9457
    """Ends a request with a problem document."""

    kind: Kind
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
