from typing import Any

from orderflow_policy import Policy, combine_verdicts, has_dynamic_block, is_between, value


class TargetDelivery(Policy):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""

    number = 1
    title = "A target of a rule or a schedule has a dead-letter queue, an explicit retry limit and a maximum event age"
    resources = ("aws_cloudwatch_event_target", "aws_scheduler_schedule")

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        target = value(conf, "target") if "target" in conf else conf
        if not isinstance(target, dict) or has_dynamic_block(target, "dead_letter_config"):
            return None
        return combine_verdicts(
            [
                value(target, "dead_letter_config", "arn") is not None,
                is_between(value(target, "retry_policy", "maximum_retry_attempts"), 0, 185),
                is_between(value(target, "retry_policy", "maximum_event_age_in_seconds"), 60, 86400),
            ]
        )


check = TargetDelivery()
