import pytest

from common.settings import SettingsError, load
from customer_service.settings import Settings


def test_every_missing_variable_is_named_when_the_environment_is_empty() -> None:
    with pytest.raises(SettingsError) as raised:
        load(Settings, {})

    assert set(raised.value.problems) == {"CASES_TABLE", "NOTICES_TOPIC_ARN", "DEAD_LETTER_QUEUE_URL"}
    assert raised.value.function == "customer_service"
