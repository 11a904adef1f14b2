"""The Lambda entry point of customer service: turns OrderChanged messages into cases and notices to customers."""

from functools import partial
from typing import Any

from common.aws import client
from common.batch import BatchResponse, FinishMessage, RemainingMs, Visibility, process_queue_batch
from common.observability import count, log_fields, logger, observe_handler
from common.order_changes import read_change
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import times
from customer_service.cases import derive_cases
from customer_service.notices import Notice, derive_notice
from customer_service.notify import NoticeBatch, NoticePublisher
from customer_service.sent_notices import SentNotices
from customer_service.settings import Settings
from customer_service.write import Cases

_settings = load(Settings)
_cases = Cases(client("dynamodb"), _settings.cases_table)
_sent_notices = SentNotices(client("dynamodb"), _settings.cases_table)
_publisher = NoticePublisher(client("sns"), _settings.notices_topic_arn)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, "customer_service")
_visibility = Visibility(client("sqs"))


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    remaining_ms: RemainingMs = context.get_remaining_time_in_millis
    apply = partial(_apply, NoticeBatch(_publisher, _sent_notices, remaining_ms))
    return process_queue_batch(event, apply, _quarantine, _visibility, remaining_ms)


def _apply(notice_batch: NoticeBatch, body: str, remaining_ms: RemainingMs) -> FinishMessage | None:
    change = read_change(body)
    data = change["data"]
    for case in _cases.write(derive_cases(data["after"]), change["metadata"]["occurred_at"]):
        count("CasesClosed" if case.is_closed else "CasesOpened")
        details = log_fields(case_id=case.case_id, kind=case.kind, outcome="closed" if case.is_closed else "opened")
        logger.info("Case written", extra=details)

    notice = derive_notice(data)
    if notice is None:
        return None
    if notice_batch.has_notice(notice.order_id):  # this invocation has the order's lease, or the message is a duplicate
        notice_batch.send()
    if not _sent_notices.acquire_lease(notice, times.utc_now(), remaining_ms()):
        count("Duplicate")
        logger.info("Notice is a duplicate or outdated", extra=log_fields(kind=notice.kind, outcome="duplicate"))
        return None
    notice_batch.add(notice)
    return partial(_finish, notice_batch, notice)


def _finish(notice_batch: NoticeBatch, notice: Notice) -> None:
    notice_batch.finish(notice)
    count("NoticesSent")
    logger.info("Notice sent", extra=log_fields(kind=notice.kind, outcome="applied"))
