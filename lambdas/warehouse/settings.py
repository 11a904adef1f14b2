"""Settings of the warehouse from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    bus_name: str
    stock_table: str
    dead_letter_queue_url: str
