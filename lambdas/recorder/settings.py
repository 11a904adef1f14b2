"""Settings of the recorder from environment variables; `restored_suffix` is the suffix of a restored table's name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    orders_table: str
    dead_letter_queue_url: str
    payment_term_seconds: int
    order_retention_days: int
    restored_suffix: str | None = None
    rebuilding: bool = False
