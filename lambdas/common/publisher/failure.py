"""Classifies publishing failures, and determines which of them are transient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as ConnectError

from contracts import Event

type FailureKind = Literal["invalid", "throttled", "unavailable", "rejected"]

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
_CODES_BY_KIND: Mapping[FailureKind, str] = {
    "throttled": "KMSThrottling KMSThrottlingException RequestLimitExceeded RequestThrottled RequestThrottledException "
    "Throttled ThrottledException Throttling ThrottlingException TooManyRequestsException",
    "unavailable": "InternalError InternalException InternalFailure InternalServerError RequestTimeout "
    "RequestTimeoutException ServiceUnavailable ServiceUnavailableException",
    "invalid": "413 BatchRequestTooLong InvalidArgument InvalidParameter InvalidParameterValue MalformedDetail "
    "ParameterValueInvalid RequestEntityTooLarge ValidationError ValidationException",
}
_KINDS_BY_CODE = {code: kind for kind, codes in _CODES_BY_KIND.items() for code in codes.split()}
_TRANSIENT_KINDS: frozenset[FailureKind] = frozenset({"throttled", "unavailable"})


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that was not published.

    `invalid`: this event can never be published. `throttled` and `unavailable`: all attempts within the time limit
    failed. `rejected`: the reason is probably unrelated to the event (permission, key, missing bus or topic)."""

    event: Event
    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why an entry was not published: a failed check, a rejection, a failed call or lack of time."""

    kind: FailureKind
    detail: str

    @property
    def is_transient(self) -> bool:
        return self.kind in _TRANSIENT_KINDS


def classify_entry_error(code: str, message: str, *, is_sender_fault: bool = True) -> Refusal:
    """Classify the error of one entry in a successful response."""
    detail = f"{code}: {message}" if message else code
    return Refusal(_KINDS_BY_CODE.get(code, "rejected" if is_sender_fault else "unavailable"), detail)


def classify_call_error(error: BotoCoreError | ClientError) -> Refusal:
    """Classify the failure of a whole call."""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "Unknown")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if status == 429:
            return Refusal("throttled", str(error))
        refusal = classify_entry_error(code, "", is_sender_fault=status < 500)
        return Refusal(refusal.kind, str(error))
    if isinstance(error, ParamValidationError):
        return Refusal("invalid", str(error))
    # botocore raises ConnectionError if it cannot connect, HTTPClientError if a connection breaks or times out.
    is_network_error = isinstance(error, ConnectError | HTTPClientError)
    kind: FailureKind = "unavailable" if is_network_error else "rejected"
    return Refusal(kind, f"{type(error).__name__}: {error}")
