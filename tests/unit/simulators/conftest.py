import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.receiver import Receiver
from tests.support.receiver import receiver as run_receiver

SECRET = "a-secret-of-the-tests"
TIMEOUT_SECONDS = 20.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A double of the webhooks API, over plain HTTP."""
    with run_receiver() as http_receiver:
        http_receiver.url = http_receiver.url.replace("https:", "http:")
        yield http_receiver


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true; fail after a timeout."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"the condition must be true within {TIMEOUT_SECONDS:g} s"
        time.sleep(0.02)
