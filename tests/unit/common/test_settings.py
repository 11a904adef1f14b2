from dataclasses import MISSING, dataclass, fields
from importlib import import_module
from typing import Literal

import pytest

from common.settings import SettingsError, load
from orderflow_cli import ROOT


@dataclass(frozen=True)
class AllTypesSettings:
    orders_table: str
    payment_term_seconds: int
    strict: bool
    customer_identity: Literal["jwt", "header"]
    alarm_topic: str | None
    log_level: str = "INFO"
    attempts: int = 3


VARIABLES = {"ORDERS_TABLE": "orders", "PAYMENT_TERM_SECONDS": "3600", "STRICT": "true", "CUSTOMER_IDENTITY": "jwt"}


def test_environment_variables_are_converted_to_field_types() -> None:
    settings = load(AllTypesSettings, {**VARIABLES, "ALARM_TOPIC": "arn", "LOG_LEVEL": "DEBUG", "ATTEMPTS": " 5 "})

    assert settings == AllTypesSettings("orders", 3_600, True, "jwt", "arn", "DEBUG", 5)
    assert load(AllTypesSettings, VARIABLES) == AllTypesSettings("orders", 3_600, True, "jwt", None)


@pytest.mark.parametrize(
    ("text", "value"), [("TRUE", True), ("1", True), ("on", True), ("False", False), ("no", False)]
)
def test_common_spellings_of_booleans_are_read(text: str, value: bool) -> None:
    assert load(AllTypesSettings, {**VARIABLES, "STRICT": text}).strict is value


def test_error_names_the_function_and_every_invalid_variable() -> None:
    invalid_variables = {
        "ORDERS_TABLE": "  ",
        "STRICT": "perhaps",
        "CUSTOMER_IDENTITY": "cookie",
        "ATTEMPTS": "3.5",
        "AWS_LAMBDA_FUNCTION_NAME": "orderflow-dev-recorder",
    }

    with pytest.raises(SettingsError) as error_info:
        load(AllTypesSettings, invalid_variables)

    assert error_info.value.function == "orderflow-dev-recorder"
    assert error_info.value.problems == {
        "ORDERS_TABLE": "is not set",
        "PAYMENT_TERM_SECONDS": "is not set",
        "STRICT": "must be true or false",
        "CUSTOMER_IDENTITY": "must be one of jwt, header",
        "ATTEMPTS": "must be a whole number",
    }
    assert str(error_info.value).startswith(
        "Function orderflow-dev-recorder cannot start: ATTEMPTS must be a whole number;"
    )


def test_unsupported_type_of_a_setting_is_rejected() -> None:
    @dataclass(frozen=True)
    class UnsupportedSettings:
        names: list[str]

    with pytest.raises(TypeError, match="list"):
        load(UnsupportedSettings, {"NAMES": "a,b"})


FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("lambdas/*/settings.py") if path.parent.name != "common")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_reports_its_missing_variables(function: str) -> None:
    settings = import_module(f"{function}.settings").Settings
    required_names = [field.name.upper() for field in fields(settings) if field.default is MISSING]

    with pytest.raises(SettingsError) as error_info:
        load(settings, {})

    assert (error_info.value.function, sorted(error_info.value.problems)) == (function, sorted(required_names))
