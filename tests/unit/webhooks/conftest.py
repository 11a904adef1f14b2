from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doubles import PublisherDouble
from tests.support.logs import Logs
from tests.unit.webhooks.doubles import NOW, SecretsManagerDouble
from webhooks.receive import Webhooks
from webhooks.secret_store import SecretStore


@dataclass
class Harness:
    """The function with doubles of its dependencies; `clock` is the time of the cache, `now` that of signatures."""

    logs: Logs
    secrets_manager: SecretsManagerDouble = field(default_factory=SecretsManagerDouble)
    publisher: PublisherDouble = field(default_factory=PublisherDouble)
    clock: Clock = field(default_factory=Clock)
    now: float = NOW

    def __post_init__(self) -> None:
        store = SecretStore(self.secrets_manager, "secret", self.clock.seconds)  # type: ignore[arg-type]
        self.webhooks = Webhooks(store, self.publisher, lambda: self.now)

    def respond(self, event: Mapping[str, Any], remaining_ms: Callable[[], int] = lambda: 10_000) -> dict[str, Any]:
        return self.webhooks.respond(event, remaining_ms)


@pytest.fixture
def harness(logs: Logs) -> Harness:
    return Harness(logs)
