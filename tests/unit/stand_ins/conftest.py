from collections.abc import Iterator

import pytest

from tests.unit.stand_ins.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made
