"""Settings of the relay from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    topic_arn: str
    failure_bucket: str
