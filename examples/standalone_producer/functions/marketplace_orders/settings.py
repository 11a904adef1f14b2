"""Settings of marketplace_orders from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    bus_name: str
    dead_letter_queue_url: str
