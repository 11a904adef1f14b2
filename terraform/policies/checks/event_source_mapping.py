from typing import Any

from orderflow_policy import Policy, combine_verdicts, is_between, is_unknown, value


class EventSourceMapping(Policy):
    """With Lambda's defaults (unlimited retries and age), a poison record blocks its shard until it expires."""

    number = 4
    title = "An event source mapping reports failed items, and for a stream sets TRIM_HORIZON, limits and a destination"
    resources = ("aws_lambda_event_source_mapping",)

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        types = value(conf, "function_response_types")
        reports_failures = None if is_unknown(types) else "ReportBatchItemFailures" in (types or ())
        if not _reads_stream(conf):
            return reports_failures
        position = value(conf, "starting_position")
        return combine_verdicts(
            [
                reports_failures,
                None if is_unknown(position) else position == "TRIM_HORIZON",
                is_between(value(conf, "maximum_retry_attempts"), 0, 10_000),
                is_between(value(conf, "maximum_record_age_in_seconds"), 60, 604_800),
                value(conf, "destination_config", "on_failure", "destination_arn") is not None,
            ]
        )


def _reads_stream(conf: dict[str, Any]) -> bool:
    # Lambda requires a starting position for a stream and rejects one for a queue.
    source = str(value(conf, "event_source_arn"))
    return value(conf, "starting_position") is not None or ":dynamodb:" in source or ":kinesis:" in source


check = EventSourceMapping()
