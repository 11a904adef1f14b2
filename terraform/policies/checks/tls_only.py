from typing import Any

from orderflow_policy import Policy, denies_plain_http, document, is_unknown, value


class TlsOnly(Policy):
    """Queues and topics must set their policy inline, so that they never exist without it; a bucket cannot."""

    number = 7
    title = "A queue, topic or bucket policy denies requests without TLS"
    resources = ("aws_s3_bucket_policy", "aws_sns_topic", "aws_sqs_queue")

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        raw = value(conf, "policy")
        policy = document(raw)
        if policy is None:
            return None if is_unknown(raw) else False
        return denies_plain_http(policy)


check = TlsOnly()
