"""Takes one call: who is it, what does it say, is it on the bus.

Nothing is kept here between a call and its event: 202 means published, anything else means that the caller still has
it and makes the call again. So a signed call that cannot be translated is not quarantined: it is refused with the field
and the rule, logged with its id, counted, and held by the caller's own list of failed calls.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common import http_api
from common.errors import TransientError
from common.http_api import Request, UndecodableBodyError
from common.observability import count, log_context, log_fields, log_unexpected, logger
from common.publisher import Publisher, publish_all_or_raise
from contracts import Event, strict_json
from contracts.ids import new_id
from webhooks.secret_store import SecretStore
from webhooks.translate import CARRIER, PAYMENT_PROVIDER, UntranslatableError, translate
from webhooks.verify import Verdict, verify

CALLERS = {"/webhooks/payment-provider": PAYMENT_PROVIDER, "/webhooks/carrier": CARRIER}
MAX_BODY_BYTES = 65_536
RETRY_AFTER_SECONDS = 5
PROBLEMS = {
    400: ("malformed-json", "The body is not strict JSON"),
    401: ("signature", "The signature is not accepted"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "The method is not allowed here"),
    413: ("body-too-large", "The body is too large"),
    422: ("invalid-call", "The call cannot be understood"),
    500: ("internal-error", "Something went wrong here"),
    503: ("unavailable", "Calls cannot be handled right now"),
}
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818  # it ends a call, it is not a fault of ours
    """Ends a call with a problem document; `errors` are pairs of field and rule."""

    status: int
    detail: str | None = None
    errors: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The calls' way in and what it works with; `now` gives seconds since 1970."""

    secrets: SecretStore
    publisher: Publisher
    now: Callable[[], float] = time.time

    def answer(self, event: Mapping[str, Any], remaining_ms: Callable[[], int]) -> dict[str, Any]:
        """Return the response to one API Gateway event; nothing is raised."""
        call = http_api.read(event)
        sent = call.header("X-Correlation-Id")
        correlation_id = sent if _IDENTIFIER.fullmatch(sent) else new_id()
        with log_context(correlation_id=correlation_id):
            response = self._respond(call, correlation_id, remaining_ms)
        response["headers"]["x-correlation-id"] = correlation_id
        return response

    def _respond(self, call: Request, correlation_id: str, remaining_ms: Callable[[], int]) -> dict[str, Any]:
        try:
            event = self._receive(call, correlation_id, remaining_ms)
            return http_api.respond(202, {"status": "accepted", "event_id": event["metadata"]["event_id"]}, {})
        except Refused as refused:
            return _refuse(refused, correlation_id)
        except TransientError as error:
            logger.error("Unavailable", extra=log_fields(reason=error.reason, detail=error.detail))
            headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
            return _refuse(Refused(503, "Make the same call again.", headers=headers), correlation_id)
        except Exception as error:
            log_unexpected("Failed for an unexpected reason", error)
            return _refuse(Refused(500), correlation_id)

    def _receive(self, call: Request, correlation_id: str, remaining_ms: Callable[[], int]) -> Event:
        caller = CALLERS.get(call.path)
        if caller is None:
            raise Refused(404)
        if call.method != "POST":
            raise Refused(405, headers={"allow": "POST"})
        body = _signed_body(call)
        if len(body) > MAX_BODY_BYTES:
            raise Refused(413, f"The body may have at most {MAX_BODY_BYTES} bytes.")
        self._authenticate(call, caller, body)
        event = _understand(caller, body, correlation_id)
        publish_all_or_raise(self.publisher, [event], remaining_ms)
        _log_accepted(event, caller)
        return event

    def _authenticate(self, call: Request, caller: str, body: bytes) -> None:
        timestamp, signature = call.header("X-Signature-Timestamp"), call.header("X-Signature")

        def judged() -> Verdict:
            return verify(self.secrets.secrets_of(caller), timestamp, signature, body, self.now())

        verdict = judged()
        if verdict is Verdict.MISMATCH and self.secrets.refresh():
            verdict = judged()
        if verdict is not Verdict.VALID:
            logger.warning("Call not accepted", extra=log_fields(reason=verdict, origin=caller))
            count("SignaturesRefused")
            raise Refused(401)


def _signed_body(call: Request) -> bytes:
    try:
        return call.body()
    except UndecodableBodyError:
        return b""  # nobody can have signed what cannot be decoded


def _understand(caller: str, body: bytes, correlation_id: str) -> Event:
    try:
        said = strict_json.loads(body, max_bytes=MAX_BODY_BYTES)
    except strict_json.StrictJsonError as error:
        logger.warning("Signed call refused", extra=log_fields(origin=caller, reason=error.reason))
        count("SignedCallsRefused")
        raise Refused(400, f"{error.detail}, at position {error.position}") from None
    try:
        return translate(caller, said, correlation_id)
    except UntranslatableError as error:
        call_id = said.get("id") if isinstance(said, Mapping) else None
        shown = call_id if isinstance(call_id, str) and _IDENTIFIER.fullmatch(call_id) else None
        details = log_fields(origin=caller, message_id=shown, field=error.field, detail=error.reason)
        logger.warning("Signed call refused", extra=details)
        count("SignedCallsRefused")
        raise Refused(422, "The errors name what has to change.", [(error.field, error.reason)]) from None


def _log_accepted(event: Event, caller: str) -> None:
    metadata, data = event["metadata"], event["data"]
    details = log_fields(
        event_type=metadata["event_type"],
        event_id=metadata["event_id"],
        order_id=data["order_id"],
        payment_id=data.get("payment_id"),
        refund_id=data.get("refund_id"),
        shipment_id=data.get("shipment_id"),
        origin=caller,
        outcome="accepted",
    )
    logger.info("Call accepted", extra=details)
    count("CallsAccepted")


def _refuse(refused: Refused, correlation_id: str) -> dict[str, Any]:
    logger.info("Call refused", extra=log_fields(status_code=refused.status))
    name, title = PROBLEMS[refused.status]
    document: dict[str, Any] = {"type": f"urn:orderflow:problem:{name}", "title": title, "status": refused.status}
    if refused.detail:
        document["detail"] = refused.detail
    if refused.errors:
        document["errors"] = [{"field": where, "reason": reason} for where, reason in refused.errors]
    document["correlation_id"] = correlation_id
    return http_api.respond(refused.status, document, refused.headers)
