"""Handles S3's event for a new till file.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
The key is not URL-encoded, unlike in S3's notifications to queues, functions and topics."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from common.errors import PermanentError
from common.observability import count, log_context, log_fields, logger
from common.publisher import Publisher
from common.quarantine import Quarantine
from contracts import times
from contracts.ids import new_id
from pos_import.import_file import import_file
from pos_import.till_bucket import AnnouncedObject, TillBucket

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports till files; the fields are its dependencies."""

    bucket: TillBucket
    publisher: Publisher
    quarantine: Quarantine
    order_retention_days: int

    def receive(self, event: Mapping[str, Any], remaining_ms: Callable[[], int]) -> dict[str, Any]:
        """Import the file that `event` names; return the summary, or why the file was not imported.

        If a file can never be imported, the event goes to quarantine. Other errors are raised: Lambda retries the event
        and then sends it to the on-failure destination."""
        event_id = event.get("id")
        causation_id = event_id if isinstance(event_id, str) and _IDENTIFIER.fullmatch(event_id) else None
        correlation_id = causation_id or new_id()
        with log_context(correlation_id=correlation_id):
            try:
                announced_object = _parse_event(event)
                file = self.bucket.find(announced_object)
                if file.is_folder:
                    logger.info("Folder ignored", extra=log_fields(outcome="ignored"))
                    return {"status": "ignored", "reason": "folder"}
                summary = import_file(
                    file,
                    bucket=self.bucket,
                    publisher=self.publisher,
                    correlation_id=correlation_id,
                    causation_id=causation_id,
                    remaining_ms=remaining_ms,
                    # From the upload, not from now: a run that continues another must accept the same receipts.
                    paid_at_range=times.plausible_range(file.uploaded_at, self.order_retention_days),
                )
            except PermanentError as error:
                self.quarantine.put(json.dumps(event), error, _origin(event))
                logger.error("Quarantined", extra=log_fields(reason=error.reason, detail=error.detail))
                count("Quarantined")
                return {"status": "quarantined", "reason": error.reason}
            details = log_fields(outcome="imported", count=summary.receipts_published, rejected=summary.rows_rejected)
            logger.info("Till file imported", extra=details)
            return asdict(summary)


def _parse_event(event: Mapping[str, Any]) -> AnnouncedObject:
    try:
        bucket, s3_object = event["detail"]["bucket"]["name"], event["detail"]["object"]
        key, version, etag = s3_object["key"], s3_object.get("version-id") or None, s3_object.get("etag")
    except (AttributeError, KeyError, TypeError):
        bucket = key = version = etag = None
    if event.get("detail-type") != "Object Created" or not isinstance(bucket, str) or not isinstance(key, str):
        raise PermanentError("unexpected_event", "the event must be an S3 Object Created event")
    return AnnouncedObject(
        bucket, key, version if isinstance(version, str) else None, etag if isinstance(etag, str) else None
    )


def _origin(event: Mapping[str, Any]) -> str:
    resources = event.get("resources")
    return str(resources[0]) if isinstance(resources, list) and resources else "unknown"
