"""Settings of award_points from environment variables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    points_table: str
    dead_letter_queue_url: str
