"""The logger and the metrics of a function.

An invocation writes its INFO lines at its end, up to 100 in one log record under `lines`; warnings and errors are
written immediately. CloudWatch Logs can be searched for any identifier.

Logs contain identifiers, states and reasons, never payloads or customer data: `LogFields` lists the fields that may be
logged. mypy checks the fields of every call, and `log_fields` drops all others at run time."""

import functools
import logging
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import timedelta
from itertools import batched
from typing import Any, TypedDict, Unpack, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from contracts import Event, times

NAMESPACE = "Orderflow"
_MAX_VALUE_LENGTH = 300

type Handler = Callable[[dict[str, Any], Any], Any]

_LINES_PER_RECORD = 100  # of a few hundred bytes each, well below the size limit of a log event

logger = Logger(utc=True, use_rfc3339=True, log_uncaught_exceptions=False, location=None)
metrics = Metrics(namespace=NAMESPACE)
metric_sums = Counter[str]()
_bound_fields: dict[str, Any] = {}


class LogFields(TypedDict, total=False):
    """The fields that a log call may add to its message."""

    case_id: str | None
    causation_id: str | None
    correlation_id: str | None
    count: int
    detail: str | None
    error: str | None
    event_id: str | None
    event_type: str | None
    field: str | None
    kind: str | None
    message_id: str | None
    method: str | None
    order_id: str | None
    origin: str | None
    outcome: str | None
    payment_id: str | None
    previous_status: str | None
    producer: str | None
    raised_in: str | None
    reason: str | None
    refund_id: str | None
    rejected: int
    route: str | None
    sequence_number: str | None
    shipment_id: str | None
    status: str | None
    status_code: int
    unprocessed_count: int
    version: int | None


_ALLOWED_FIELDS = frozenset(LogFields.__annotations__)


def log_fields(**fields: Unpack[LogFields]) -> dict[str, Any]:
    """Return `fields` as the `extra` of a log call, without fields that have no value or are not in `LogFields`."""
    return {name: _shorten(value) for name, value in fields.items() if name in _ALLOWED_FIELDS and value is not None}


def _shorten(value: object) -> object:
    return value[:_MAX_VALUE_LENGTH] + "…" if isinstance(value, str) and len(value) > _MAX_VALUE_LENGTH else value


class _LineFilter(logging.Filter):
    """Adds the bound fields to log records, and collects INFO lines in `pending_lines` during an invocation."""

    pending_lines: list[dict[str, Any]] | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        fields = _bound_fields | {name: value for name, value in record.__dict__.items() if name in _ALLOWED_FIELDS}
        if self.pending_lines is None or record.levelno > logging.INFO:
            record.__dict__.update(fields)
            return True
        self.pending_lines.append({"message": record.getMessage(), "at": round(record.created * 1_000), **fields})
        return False


_line_filter = _LineFilter()
logger.addFilter(_line_filter)


@contextmanager
def log_context(**fields: Unpack[LogFields]) -> Generator[None]:
    """Add fields to every line logged in the block; fields bound inside the block are removed at its end."""
    outer_fields = dict(_bound_fields)
    bind_log_fields(**fields)
    try:
        yield
    finally:
        _bound_fields.clear()
        _bound_fields.update(outer_fields)


def bind_log_fields(**fields: Unpack[LogFields]) -> None:
    """Add fields to all later lines until the end of the surrounding `log_context`."""
    _bound_fields.update(log_fields(**fields))


def bind_event(event: Event) -> None:
    """Add an event's ids, type and order version to all later lines of the `log_context`, and measure its age."""
    metadata, data = event["metadata"], event["data"]
    bind_log_fields(
        event_id=metadata["event_id"],
        event_type=metadata["event_type"],
        correlation_id=metadata["correlation_id"],
        causation_id=metadata["causation_id"],
        order_id=data.get("order_id"),
        version=data.get("version"),
    )
    # The time between the event and its handling by this function, measured at every attempt.
    age = times.utc_now() - times.to_datetime(metadata["occurred_at"])
    metrics.add_metric("EventAge", MetricUnit.Milliseconds, max(0, age // timedelta(milliseconds=1)))


def count(name: str, value: int = 1) -> None:
    """Add `value` to the metric `name` of this function; its sum is written once per invocation."""
    metric_sums.update({name: value})


def write_metrics() -> None:
    """Write the metrics collected since the last call."""
    for name, value in metric_sums.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metric_sums.clear()
    # Powertools warns if an invocation has no metrics, which is normal for an empty batch.
    if metrics.metric_set:
        metrics.flush_metrics()


def log_exception(message: str, exception: BaseException, **fields: Unpack[LogFields]) -> None:
    """Log an unexpected exception with its type and location, but not its message, which may quote the payload."""
    traceback = exception.__traceback__
    location = None
    while traceback is not None:
        location = f"{traceback.tb_frame.f_code.co_qualname}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    fields["error"] = type(exception).__name__
    fields["raised_in"] = location
    logger.error(message, extra=log_fields(**fields))


def observe_handler[H: Handler](handler: H) -> H:
    """Decorate a Lambda handler: add the request id to its log lines; write lines and metrics when it ends."""

    @functools.wraps(handler)
    def wrapper(event: dict[str, Any], context: Any) -> Any:
        clear_fields()
        logger.append_keys(function_request_id=context.aws_request_id)
        pending_lines = _line_filter.pending_lines = []
        try:
            return handler(event, context)
        finally:
            _line_filter.pending_lines = None
            _bound_fields.clear()
            _write_lines(pending_lines)
            write_metrics()

    return wrapper  # type: ignore[return-value]


def bound_fields() -> LogFields:
    """Return the bound fields, to restore them in a later `log_context`."""
    return cast("LogFields", dict(_bound_fields))


def clear_fields() -> None:
    """Remove the fields that an interrupted invocation left bound."""
    _bound_fields.clear()
    logger.clear_state()


def _write_lines(pending_lines: Iterable[dict[str, Any]]) -> None:
    for chunk in batched(pending_lines, _LINES_PER_RECORD, strict=False):
        if len(chunk) == 1:
            line = {name: value for name, value in chunk[0].items() if name != "at"}
            logger.info(line.pop("message"), extra=line)
        else:
            lines = {"lines": chunk}
            logger.info("Batch", extra=lines)


logging.getLogger("botocore").setLevel(logging.WARNING)
