"""What the function reads from its environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    bus_name: str
    orders_table: str
