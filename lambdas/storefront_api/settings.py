"""Settings of storefront_api from environment variables."""

from dataclasses import dataclass
from typing import Literal

from common.settings import SettingsError

type IdentitySource = Literal["jwt", "header"]


@dataclass(frozen=True, slots=True)
class Settings:
    bus_name: str
    orders_table: str
    claims_table: str
    environment: str
    identity_source: Literal["jwt", "header"] = "jwt"
    support_scope: str = "orders:support"
    orders_per_hour: int = 100

    def __post_init__(self) -> None:
        if self.identity_source == "header" and self.environment != "local":
            raise SettingsError(
                "storefront_api",
                {"IDENTITY_SOURCE": "must be jwt outside the local environment, because any caller can set a header"},
            )
