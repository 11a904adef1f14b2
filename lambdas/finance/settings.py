"""Settings of finance from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    bus_name: str
    ledger_table: str
    dead_letter_queue_url: str
