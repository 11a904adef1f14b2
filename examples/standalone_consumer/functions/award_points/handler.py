"""The Lambda entry point of award_points: turns OrderChanged messages into points in a table."""

from typing import Any

from award_points.award import calculate_award
from award_points.settings import Settings
from award_points.write import PointsTable
from common.aws import client
from common.batch import BatchResponse, RemainingMs, Visibility, process_queue_batch
from common.errors import PermanentError
from common.observability import bind_event, log_fields, logger, observe_handler
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import ContractError, parse

_settings = load(Settings)
_points_table = PointsTable(client("dynamodb"), _settings.points_table)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, "award_points")
_visibility = Visibility(client("sqs"))


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _apply_message, _quarantine, _visibility, context.get_remaining_time_in_millis)


def _apply_message(body: str, _: RemainingMs) -> None:
    try:
        change = parse(body, "OrderChanged")
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from error
    bind_event(change)
    award = calculate_award(change["data"])
    if award is None:
        logger.info("No award", extra=log_fields(outcome="obsolete"))
        return
    outcome = "applied" if _points_table.write(award) else "duplicate"
    logger.info("Award processed", extra=log_fields(outcome=outcome))
