"""Handles one webhook call: authenticates, translates and publishes it.

The function stores no calls: 202 means that the event is published; after any other status the caller must correct or
repeat the call. So a signed call that cannot be translated is not quarantined: the response names the field and the
rule, the call is counted and its id logged, and the caller keeps the call in its own list of failed calls."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from common import http_api
from common.http_api import FieldError, Problem, ProblemType, Request, Response
from common.http_api.request import UndecodableBodyError, parse_json
from common.observability import count, log_fields, logger
from common.publisher import Publisher, publish_all_or_raise
from contracts import Event
from contracts.generated.patterns import IDENTIFIER
from webhooks.secret_store import SecretStore
from webhooks.translate import CARRIER, PAYMENT_PROVIDER, UntranslatableError, translate
from webhooks.verify import Verdict, verify

CALLERS = {"/webhooks/payment-provider": PAYMENT_PROVIDER, "/webhooks/carrier": CARRIER}
INVALID_SIGNATURE = ProblemType("signature", 401, "The signature is not accepted")
INVALID_CALL = ProblemType("invalid-call", 422, "The call is invalid")


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhooks API with its dependencies; `now` returns seconds since 1970."""

    secrets: SecretStore
    publisher: Publisher
    now: Callable[[], float] = time.time

    def respond(self, event: Mapping[str, Any], remaining_ms: Callable[[], int]) -> dict[str, Any]:
        """Return the response to one API Gateway event, even after an error."""
        routes = {path: {"POST": partial(self._receive, caller)} for path, caller in CALLERS.items()}
        return http_api.respond(event, routes, remaining_ms)

    def _receive(self, caller: str, call: Request) -> Response:
        body = _signed_body(call)
        self._authenticate(call, caller, body)
        event = _translate(caller, body, call.correlation_id)
        publish_all_or_raise(self.publisher, [event], call.remaining_ms)
        _log_accepted_call(event, caller)
        return Response(202, {"status": "accepted", "event_id": event["metadata"]["event_id"]})

    def _authenticate(self, call: Request, caller: str, body: bytes) -> None:
        timestamp, signature = call.header("X-Signature-Timestamp"), call.header("X-Signature")

        def check() -> Verdict:
            return verify(self.secrets.valid_secrets(caller), timestamp, signature, body, self.now())

        verdict = check()
        if verdict is Verdict.MISMATCH and self.secrets.refresh():
            verdict = check()
        if verdict is not Verdict.VALID:
            logger.warning("Call not accepted", extra=log_fields(reason=verdict, origin=caller))
            count("SignaturesRefused")
            raise Problem(INVALID_SIGNATURE)


def _signed_body(call: Request) -> bytes:
    try:
        return call.body()
    except UndecodableBodyError:
        return b""  # a body that cannot be decoded cannot have a valid signature


def _translate(caller: str, body: bytes, correlation_id: str) -> Event:
    content: Any = None
    try:
        content = parse_json(body, reject_inexact_values=False)
        return translate(caller, content, correlation_id)
    except Problem as problem:
        _log_refused_call(caller, content, problem.detail)
        raise
    except UntranslatableError as error:
        _log_refused_call(caller, content, error.reason, error.field)
        errors = [FieldError(error.field, error.reason)]
        raise Problem(INVALID_CALL, "A field is invalid; `errors` states the rule.", errors) from None


def _log_refused_call(caller: str, content: Any, detail: str, field: str | None = None) -> None:
    call_id = content.get("id") if isinstance(content, Mapping) else None
    safe_id = call_id if isinstance(call_id, str) and re.fullmatch(IDENTIFIER, call_id) else None
    details = log_fields(origin=caller, message_id=safe_id, field=field, detail=detail)
    logger.warning("Signed call refused", extra=details)
    count("SignedCallsRefused")


def _log_accepted_call(event: Event, caller: str) -> None:
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
