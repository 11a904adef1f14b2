"""Settings of payment_deadline from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    bus_name: str
    orders_table: str
