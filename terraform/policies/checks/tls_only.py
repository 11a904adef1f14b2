from typing import Any

from orderflow_policy import Policy, document, is_open, refuses_plain_http, value


class TlsOnly(Policy):
    """Queues and topics carry their policy themselves, so that they are never open in between; a bucket cannot."""

    number = 7
    title = "A queue, topic or bucket policy refuses what does not come over TLS"
    resources = ("aws_s3_bucket_policy", "aws_sns_topic", "aws_sqs_queue")

    def judge(self, conf: dict[str, Any]) -> bool | None:
        given = value(conf, "policy")
        policy = document(given)
        if policy is None:
            return None if is_open(given) else False
        return refuses_plain_http(policy)


check = TlsOnly()
