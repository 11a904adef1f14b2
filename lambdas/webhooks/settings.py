"""Settings of webhooks from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    bus_name: str
    webhook_secret_id: str
