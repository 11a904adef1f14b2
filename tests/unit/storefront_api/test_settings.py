import pytest

from common.settings import SettingsError, load
from storefront_api.settings import Settings

COMPLETE = {"BUS_NAME": "bus", "ORDERS_TABLE": "orders", "CLAIMS_TABLE": "claims", "ENVIRONMENT": "prod"}


def test_token_is_the_default_identity() -> None:
    assert load(Settings, COMPLETE).customer_identity == "jwt"


def test_header_identity_is_accepted_when_environment_is_local() -> None:
    settings = load(Settings, {**COMPLETE, "ENVIRONMENT": "local", "CUSTOMER_IDENTITY": "header"})

    assert settings.customer_identity == "header"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_start_fails_when_the_identity_could_be_forged(environment: str) -> None:
    with pytest.raises(SettingsError, match="CUSTOMER_IDENTITY must be jwt"):
        load(Settings, {**COMPLETE, "ENVIRONMENT": environment, "CUSTOMER_IDENTITY": "header"})
