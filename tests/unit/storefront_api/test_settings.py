import pytest

from common.settings import SettingsError, load
from storefront_api.settings import Settings

REQUIRED_VARIABLES = {"BUS_NAME": "bus", "ORDERS_TABLE": "orders", "CLAIMS_TABLE": "claims", "ENVIRONMENT": "prod"}


def test_customers_are_identified_by_token_by_default() -> None:
    assert load(Settings, REQUIRED_VARIABLES).identity_source == "jwt"


def test_header_identity_is_accepted_in_the_local_environment() -> None:
    settings = load(Settings, {**REQUIRED_VARIABLES, "ENVIRONMENT": "local", "IDENTITY_SOURCE": "header"})

    assert settings.identity_source == "header"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_function_does_not_start_if_clients_can_forge_identities(environment: str) -> None:
    with pytest.raises(SettingsError, match="IDENTITY_SOURCE must be jwt"):
        load(Settings, {**REQUIRED_VARIABLES, "ENVIRONMENT": environment, "IDENTITY_SOURCE": "header"})
