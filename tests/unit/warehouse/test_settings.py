import pytest

from common.settings import SettingsError, load
from warehouse.settings import Settings


def test_every_missing_variable_is_named_when_the_environment_is_empty() -> None:
    with pytest.raises(SettingsError) as raised:
        load(Settings, {})

    assert set(raised.value.problems) == {"BUS_NAME", "STOCK_TABLE", "DEAD_LETTER_QUEUE_URL"}
    assert raised.value.function == "warehouse"
