from typing import Any

from orderflow_policy import Policy, combine_verdicts, is_unknown, value

# Environments with test orders only, whose tables `terraform destroy` must be able to delete.
_DISPOSABLE_ENVIRONMENTS = {"local", "dev"}


class TableProtection(Policy):
    number = 8
    title = "A table has point-in-time recovery, a customer managed key and, outside local and dev, deletion protection"
    resources = ("aws_dynamodb_table",)

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        is_disposable = value(conf, "tags_all", "environment") in _DISPOSABLE_ENVIRONMENTS
        return combine_verdicts(
            [
                _is_on(value(conf, "point_in_time_recovery", "enabled")),
                _is_on(value(conf, "server_side_encryption", "enabled")),
                value(conf, "server_side_encryption", "kms_key_arn") is not None,
                is_disposable or _is_on(value(conf, "deletion_protection_enabled")),
            ]
        )


def _is_on(raw: Any) -> bool | None:
    return None if is_unknown(raw) else raw in (True, "true")


check = TableProtection()
