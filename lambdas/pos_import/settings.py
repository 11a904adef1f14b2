"""Settings of pos_import from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    bus_name: str
    dead_letter_queue_url: str
    order_retention_days: int
