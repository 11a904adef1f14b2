"""Queue of OrderChanged -> cases in a table, and short notices on a topic for people."""

from typing import Any

from common.aws import client
from common.batch import BatchResponse, RemainingMs, Visibility, process_queue_batch
from common.errors import ClassifiedError
from common.observability import count, log_fields, logger, observed
from common.order_changes import read_change
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import times
from customer_service.cases import cases_of
from customer_service.notices import notice_of
from customer_service.notify import Notices
from customer_service.settings import Settings
from customer_service.told import Told
from customer_service.write import Cases

_settings = load(Settings)
_cases = Cases(client("dynamodb"), _settings.cases_table)
_told = Told(client("dynamodb"), _settings.cases_table)
_notices = Notices(client("sns"), _settings.notices_topic_arn)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, "customer_service")
_visibility = Visibility(client("sqs"))


@observed
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _apply, _quarantine, _visibility, context.get_remaining_time_in_millis)


def _apply(body: str, remaining_ms: RemainingMs) -> None:
    change = read_change(body)
    data = change["data"]
    for case in _cases.write(cases_of(data["after"]), change["metadata"]["occurred_at"]):
        count("CasesClosed" if case.closed else "CasesOpened")
        details = log_fields(case_id=case.case_id, kind=case.kind, outcome="closed" if case.closed else "opened")
        logger.info("Case written", extra=details)

    notice = notice_of(data)
    if notice is None:
        return
    if not _told.lease(notice, times.utc_now()):
        count("Duplicate")
        logger.info("Told already", extra=log_fields(kind=notice.kind, outcome="duplicate"))
        return
    try:
        _notices.send(notice, remaining_ms)
    except ClassifiedError:
        _told.release(notice)
        raise
    # A crash before this line sends the notice a second time: rather twice than never.
    _told.record(notice)
    count("NoticesSent")
    logger.info("Notice sent", extra=log_fields(kind=notice.kind, outcome="applied"))
