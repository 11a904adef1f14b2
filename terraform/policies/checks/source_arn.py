from typing import Any

from orderflow_policy import Policy, condition_keys, document, is_open, principals, statements, value


class SourceArn(Policy):
    """Without it, a service acts for whoever asks it: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"""

    number = 3
    title = "A service that a resource policy lets in is bound to one source by aws:SourceArn"
    resources = (
        "aws_cloudwatch_event_bus_policy",
        "aws_lambda_permission",
        "aws_s3_bucket_policy",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
    )

    def judge(self, conf: dict[str, Any]) -> bool | None:
        if "function_name" in conf:
            principal = value(conf, "principal")
            if is_open(principal):
                return None
            return value(conf, "source_arn") is not None or not str(principal).endswith(".amazonaws.com")
        policy = document(value(conf, "policy"))
        if policy is None:
            return None
        services = [one for one in statements(policy, "Allow") if principals(one, "Service")]
        return all("aws:sourcearn" in condition_keys(one) for one in services)


check = SourceArn()
