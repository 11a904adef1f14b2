from typing import Any

from orderflow_policy import Policy, condition_keys, document, is_unknown, principals, statements, value


class SourceArn(Policy):
    """Prevents the confused deputy problem: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"""

    number = 3
    title = "A resource policy that allows a service has a condition on aws:SourceArn"
    resources = (
        "aws_cloudwatch_event_bus_policy",
        "aws_lambda_permission",
        "aws_s3_bucket_policy",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
    )

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        if "function_name" in conf:
            principal = value(conf, "principal")
            if is_unknown(principal):
                return None
            return value(conf, "source_arn") is not None or not str(principal).endswith(".amazonaws.com")
        policy = document(value(conf, "policy"))
        if policy is None:
            return None
        allowed = [statement for statement in statements(policy, "Allow") if principals(statement, "Service")]
        return all("aws:sourcearn" in condition_keys(statement) for statement in allowed)


check = SourceArn()
