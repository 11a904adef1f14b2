"""Secrets are cached, and read again when a rotation requires it."""

import json
from typing import Any

import pytest

from common.errors import TransientError
from tests.support.clock import Clock
from tests.support.doubles import client_error
from tests.unit.webhooks.doubles import ACCESS_ERROR, CONNECTION_ERROR, SECRETS
from tests.unit.webhooks.doubles import SecretsManagerDouble as Manager
from webhooks.secret_store import CACHE_SECONDS, MIN_REFRESH_SECONDS, SecretStore

UNAVAILABLE_ERRORS = [
    CONNECTION_ERROR,
    client_error("ThrottlingException"),
    client_error("InternalServiceError", 500),
    client_error("ServiceUnavailable", 503),
]
ROTATED_SECRETS = {"carrier": {"current": "carrier-secret-of-tomorrow", "rotated": 1.5}}


@pytest.fixture
def secrets_manager() -> Manager:
    return Manager()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(secrets_manager: Manager, clock: Clock) -> SecretStore:
    return SecretStore(secrets_manager, "secret", clock.seconds)  # type: ignore[arg-type]


def test_current_and_previous_secret_are_valid_during_a_rotation(store: SecretStore) -> None:
    assert store.valid_secrets("payment_provider") == ["provider-secret-of-today", "provider-secret-before"]
    assert store.valid_secrets("carrier") == ["carrier-secret-of-today"]


def test_secret_is_read_every_five_minutes(store: SecretStore, secrets_manager: Manager, clock: Clock) -> None:
    for _ in range(CACHE_SECONDS):
        store.valid_secrets("carrier")
        clock.sleep(0.99)
    assert secrets_manager.calls == 1

    clock.sleep(CACHE_SECONDS)
    store.valid_secrets("carrier")
    assert secrets_manager.calls == 2


def test_refreshes_after_wrong_signatures_are_limited(
    store: SecretStore, secrets_manager: Manager, clock: Clock
) -> None:
    store.valid_secrets("carrier")

    assert [store.refresh() for _ in range(1_000)] == [True] + [False] * 999
    clock.sleep(MIN_REFRESH_SECONDS)
    assert store.refresh()
    assert secrets_manager.calls == 3


@pytest.mark.parametrize("error", UNAVAILABLE_ERRORS)
def test_secrets_stay_valid_while_secrets_manager_is_unavailable(
    store: SecretStore, secrets_manager: Manager, clock: Clock, error: Exception
) -> None:
    store.valid_secrets("carrier")
    secrets_manager.error = error

    for _ in range(100):
        clock.sleep(CACHE_SECONDS)
        assert store.valid_secrets("carrier") == ["carrier-secret-of-today"]
        assert not store.refresh()
        assert store.valid_secrets("carrier") == ["carrier-secret-of-today"]

    assert secrets_manager.calls == 101
    secrets_manager.error, secrets_manager.text = None, json.dumps(ROTATED_SECRETS)
    clock.sleep(CACHE_SECONDS)
    assert store.valid_secrets("carrier") == ["carrier-secret-of-tomorrow"]


@pytest.mark.parametrize("error", [ACCESS_ERROR, client_error("ResourceNotFoundException")])
def test_refused_read_of_the_secret_raises_a_transient_error(
    store: SecretStore, secrets_manager: Manager, clock: Clock, error: Exception
) -> None:
    store.valid_secrets("carrier")
    secrets_manager.error = error
    clock.sleep(CACHE_SECONDS)

    with pytest.raises(TransientError, match="secret_unavailable"):
        store.valid_secrets("carrier")


@pytest.mark.parametrize(
    "content",
    [
        *(None, "not JSON", "[]", "{}", '{"carrier": "carrier-secret-of-today"}'),
        *(json.dumps({"carrier": {"current": text}}) for text in ("", "too-short", None, ["carrier-secret-of-today"])),
        '{"carrier": {"previous": "carrier-secret-before"}}',
        '{"carrier": {"current": "carrier-secret-of-today", "previous": ""}}',
    ],
)
def test_malformed_secret_raises_a_transient_error(store: SecretStore, secrets_manager: Manager, content: Any) -> None:
    secrets_manager.text = content

    with pytest.raises(TransientError) as error_info:
        store.valid_secrets("carrier")
    assert error_info.value.reason == "secret_malformed"
    assert "carrier-secret" not in str(error_info.value)


@pytest.mark.parametrize("text", ["not JSON", "{}"])
def test_store_recovers_from_a_bad_secret(
    store: SecretStore, secrets_manager: Manager, clock: Clock, text: str
) -> None:
    secrets_manager.text = text
    with pytest.raises(TransientError):
        store.valid_secrets("carrier")

    clock.sleep(MIN_REFRESH_SECONDS)
    secrets_manager.text = json.dumps(SECRETS)
    assert store.valid_secrets("carrier") == ["carrier-secret-of-today"]
