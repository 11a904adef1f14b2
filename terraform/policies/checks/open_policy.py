from typing import Any

from orderflow_policy import Policy, condition_keys, document, principals, statements, value


class OpenPolicy(Policy):
    number = 2
    title = "A bus, topic, queue or bucket policy that allows a wildcard principal has the condition aws:PrincipalOrgID"
    resources = (
        "aws_cloudwatch_event_bus_policy",
        "aws_s3_bucket_policy",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
    )

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        policy = document(value(conf, "policy"))
        if policy is None:
            return None
        return all(
            "aws:principalorgid" in condition_keys(statement)
            for statement in statements(policy, "Allow")
            if "*" in principals(statement, "AWS")
        )


check = OpenPolicy()
