from typing import Any

from orderflow_policy import Policy, combine_verdicts, is_between, value


class FunctionAndLogSettings(Policy):
    """Requires values in place of Lambda's defaults, such as 128 MB, 3 s, and logs that never expire."""

    number = 10
    title = "A function has an explicit memory size, timeout and log group; a log group has a retention period"
    resources = ("aws_cloudwatch_log_group", "aws_lambda_function")

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        if "function_name" not in conf:
            return is_between(value(conf, "retention_in_days"), 1, 3653)
        return combine_verdicts(
            [
                is_between(value(conf, "memory_size"), 128, 10_240),
                is_between(value(conf, "timeout"), 1, 900),
                value(conf, "logging_config", "log_group") is not None,
            ]
        )


check = FunctionAndLogSettings()
