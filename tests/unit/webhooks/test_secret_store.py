"""Secrets are read rarely, and again at once when a rotation makes that necessary."""

import json
from typing import Any

import pytest

from common.errors import TransientError
from tests.support.clock import Clock
from tests.unit.webhooks.doubles import DENIED, SECRETS, UNREACHABLE, SecretsManagerDouble
from webhooks.secret_store import CACHE_SECONDS, REFRESH_SECONDS, SecretStore


@pytest.fixture
def manager() -> SecretsManagerDouble:
    return SecretsManagerDouble()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(manager: SecretsManagerDouble, clock: Clock) -> SecretStore:
    return SecretStore(manager, "secret", clock.seconds)  # type: ignore[arg-type]


def test_current_and_previous_are_valid_when_a_rotation_is_under_way(store: SecretStore) -> None:
    assert store.secrets_of("payment_provider") == ["provider-secret-of-today", "provider-secret-before"]
    assert store.secrets_of("carrier") == ["carrier-secret-of-today"]


def test_secret_is_read_once_when_it_is_needed_within_five_minutes(
    store: SecretStore, manager: SecretsManagerDouble, clock: Clock
) -> None:
    for _ in range(CACHE_SECONDS):
        store.secrets_of("carrier")
        clock.sleep(0.99)
    assert manager.calls == 1

    clock.sleep(CACHE_SECONDS)
    store.secrets_of("carrier")
    assert manager.calls == 2


def test_refresh_is_bounded_when_strangers_send_wrong_signatures(
    store: SecretStore, manager: SecretsManagerDouble, clock: Clock
) -> None:
    store.secrets_of("carrier")

    assert [store.refresh() for _ in range(1_000)] == [True] + [False] * 999
    clock.sleep(REFRESH_SECONDS)
    assert store.refresh()
    assert manager.calls == 3


def test_failed_refresh_counts_too_when_secrets_manager_is_down(
    store: SecretStore, manager: SecretsManagerDouble
) -> None:
    store.secrets_of("carrier")
    manager.error = UNREACHABLE

    with pytest.raises(TransientError):
        store.refresh()
    assert not store.refresh()
    assert manager.calls == 2


@pytest.mark.parametrize("error", [DENIED, UNREACHABLE])
def test_caller_can_come_back_when_secret_cannot_be_read(
    store: SecretStore, manager: SecretsManagerDouble, error: Exception
) -> None:
    manager.error = error

    with pytest.raises(TransientError) as raised:
        store.secrets_of("carrier")
    assert raised.value.reason == "secret_unavailable"


@pytest.mark.parametrize(
    "content",
    [
        None,
        "not JSON",
        "[]",
        "{}",
        json.dumps({"carrier": "carrier-secret-of-today"}),
        json.dumps({"carrier": {"previous": "carrier-secret-before"}}),
        json.dumps({"carrier": {"current": ""}}),
        json.dumps({"carrier": {"current": "too-short"}}),
        json.dumps({"carrier": {"current": None}}),
        json.dumps({"carrier": {"current": ["carrier-secret-of-today"]}}),
        json.dumps({"carrier": {"current": "carrier-secret-of-today", "previous": ""}}),
    ],
)
def test_nothing_is_valid_when_secret_is_not_what_it_should_be(
    store: SecretStore, manager: SecretsManagerDouble, content: Any
) -> None:
    manager.text = content

    with pytest.raises(TransientError) as raised:
        store.secrets_of("carrier")
    assert raised.value.reason == "secret_malformed"
    assert "carrier-secret" not in str(raised.value)


@pytest.mark.parametrize("broken", ["not JSON", "{}"])
def test_store_recovers_when_secret_is_repaired(
    store: SecretStore, manager: SecretsManagerDouble, clock: Clock, broken: str
) -> None:
    manager.text = broken
    with pytest.raises(TransientError):
        store.secrets_of("carrier")

    clock.sleep(REFRESH_SECONDS)
    manager.text = json.dumps(SECRETS)
    assert store.secrets_of("carrier") == ["carrier-secret-of-today"]
