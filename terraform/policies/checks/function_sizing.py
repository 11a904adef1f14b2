from typing import Any

from orderflow_policy import Policy, every, is_number, value


class FunctionSizing(Policy):
    """Lambda's defaults (128 MB, 3 s, a log group that is never emptied) are nobody's decision."""

    number = 10
    title = "A function says its memory, its time-out and its log group; a log group says how long it keeps"
    resources = ("aws_cloudwatch_log_group", "aws_lambda_function")

    def judge(self, conf: dict[str, Any]) -> bool | None:
        if "function_name" not in conf:
            return is_number(value(conf, "retention_in_days"), 1, 3653)
        return every(
            [
                is_number(value(conf, "memory_size"), 128, 10_240),
                is_number(value(conf, "timeout"), 1, 900),
                value(conf, "logging_config", "log_group") is not None,
            ]
        )


check = FunctionSizing()
