"""Settings of the relay from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Read by `common.settings.load`; see the function's Terraform for the values."""

    topic_arn: str
    failure_bucket: str
