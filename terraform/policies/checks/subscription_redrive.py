import json
from typing import Any

from orderflow_policy import Policy, is_unknown, value


class SubscriptionRedrive(Policy):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"""

    number = 5
    title = "A subscription sends undeliverable messages to a dead-letter queue"
    resources = ("aws_sns_topic_subscription",)

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        policy = value(conf, "redrive_policy")
        if is_unknown(policy):
            return True
        if isinstance(policy, str):
            try:
                policy = json.loads(policy)
            except ValueError:
                return None if "deadLetterTargetArn" in policy else False
        return isinstance(policy, dict) and bool(policy.get("deadLetterTargetArn"))


check = SubscriptionRedrive()
