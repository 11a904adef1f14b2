import pytest

from common.settings import SettingsError, load
from storefront_api.settings import Settings

COMPLETE = {"BUS_NAME": "bus", "ORDERS_TABLE": "orders", "CLAIMS_TABLE": "claims", "ENVIRONMENT": "prod"}


def test_customers_are_identified_by_token_by_default() -> None:
    assert load(Settings, COMPLETE).customer_identity == "jwt"


def test_header_identity_is_accepted_in_the_local_environment() -> None:
    settings = load(Settings, {**COMPLETE, "ENVIRONMENT": "local", "CUSTOMER_IDENTITY": "header"})

    assert settings.customer_identity == "header"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_function_does_not_start_with_a_forgeable_identity(environment: str) -> None:
    with pytest.raises(SettingsError, match="CUSTOMER_IDENTITY must be jwt"):
        load(Settings, {**COMPLETE, "ENVIRONMENT": environment, "CUSTOMER_IDENTITY": "header"})
