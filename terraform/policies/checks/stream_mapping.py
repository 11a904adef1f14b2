from typing import Any

from orderflow_policy import Policy, every, is_number, is_open, value


class StreamMapping(Policy):
    """Lambda's own limits are no end: -1 retries a poisoned record until it expires, with its shard standing still."""

    number = 4
    title = "A mapping reports single failures; of a stream, it starts at TRIM_HORIZON, gives up and keeps what failed"
    resources = ("aws_lambda_event_source_mapping",)

    def judge(self, conf: dict[str, Any]) -> bool | None:
        types = value(conf, "function_response_types")
        reports = None if is_open(types) else "ReportBatchItemFailures" in (types or ())
        if not _reads_a_stream(conf):
            return reports
        position = value(conf, "starting_position")
        return every(
            [
                reports,
                None if is_open(position) else position == "TRIM_HORIZON",
                is_number(value(conf, "maximum_retry_attempts"), 0, 10_000),
                is_number(value(conf, "maximum_record_age_in_seconds"), 60, 604_800),
                value(conf, "destination_config", "on_failure", "destination_arn") is not None,
            ]
        )


def _reads_a_stream(conf: dict[str, Any]) -> bool:
    # Lambda makes no mapping of a stream without a position, and none of a queue with one.
    source = str(value(conf, "event_source_arn"))
    return value(conf, "starting_position") is not None or ":dynamodb:" in source or ":kinesis:" in source


check = StreamMapping()
