"""Queue of OrderChanged -> cases in a table, and short notices on a topic for people."""

from typing import TYPE_CHECKING, Any, cast

from common.aws import client
from common.batch import BatchResponse, RemainingMs, process_queue_batch
from common.errors import PermanentError
from common.observability import count, log_context, log_fields, logger, observed
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import ContractError, parse
from customer_service.cases import cases_of
from customer_service.notices import notice_of
from customer_service.notify import Notices
from customer_service.settings import Settings
from customer_service.write import Cases

if TYPE_CHECKING:
    from contracts.generated.types import OrderChanged

_settings = load(Settings)
_cases = Cases(client("dynamodb"), _settings.cases_table)
_notices = Notices(client("sns"), _settings.notices_topic_arn)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, "customer_service")


@observed
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _apply, _quarantine, context.get_remaining_time_in_millis)


def _apply(body: str, remaining_ms: RemainingMs) -> None:
    try:
        change = cast("OrderChanged", parse(body, "OrderChanged"))
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from error
    metadata, data = change["metadata"], change["data"]
    with log_context(
        order_id=data["order_id"],
        version=data["version"],
        status=data["status"],
        event_type=metadata["event_type"],
        event_id=metadata["event_id"],
        correlation_id=metadata["correlation_id"],
    ):
        for case in _cases.write(cases_of(data["after"]), metadata["occurred_at"]):
            count("CasesClosed" if case.closed else "CasesOpened")
            logger.info("Case written", extra=log_fields(case_id=case.case_id, kind=case.kind))
        notice = notice_of(data)
        if notice is None or not _cases.begin_notice(notice):
            logger.info("No notice to send", extra=log_fields(outcome="duplicate" if notice else "ignored"))
            return
        # A crash from here to the mark sends the notice a second time: rather twice than never.
        _notices.send(notice, remaining_ms)
        _cases.end_notice(notice)
        count("NoticesSent")
        logger.info("Notice sent", extra=log_fields(kind=notice.kind, outcome="applied"))
