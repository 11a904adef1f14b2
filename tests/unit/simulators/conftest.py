import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.receiver import Receiver
from tests.support.receiver import receiver as receiving

SECRET = "a-secret-of-the-tests"
PATIENCE_SECONDS = 20.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A double of the webhooks API, over plain HTTP."""
    with receiving() as made:
        made.url = made.url.replace("https:", "http:")
        yield made


def eventually(over: Callable[[], bool]) -> None:
    """Wait until the condition is true; fail after a timeout."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not over():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
