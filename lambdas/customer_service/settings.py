"""Settings of customer_service from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    cases_table: str
    notices_topic_arn: str
    dead_letter_queue_url: str
