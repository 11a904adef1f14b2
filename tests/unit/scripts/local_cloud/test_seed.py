"""Stock and secrets are added to an empty environment, and a second run changes nothing."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from orderflow_cli.local_cloud import seed
from tests.support import tables

CALLERS = {"payment_provider", "carrier"}


@pytest.fixture
def secrets() -> Iterator[Any]:
    """A Secrets Manager client with the secret `webhooks`, in moto."""
    with mock_aws():
        client = boto3.client("secretsmanager", "eu-west-1")
        client.create_secret(Name="webhooks")
        yield client


def test_only_one_seeded_item_is_out_of_stock() -> None:
    stock = seed.initial_stock()

    assert stock.keys() == seed.prices().keys()
    assert [sku for sku, quantity in stock.items() if quantity == 0] == [seed.sold_out_sku()]
    assert all(price > 0 for price in seed.prices().values())


@mock_aws
def test_seeding_again_leaves_stock_unchanged() -> None:
    dynamodb = boto3.client("dynamodb", "eu-west-1")
    tables.create_table(dynamodb, tables.STOCK)
    sku = f"sku#{min(seed.prices())}"

    first_run_count = seed.add_stock(dynamodb, tables.STOCK)
    tables.put(dynamodb, tables.STOCK, {"pk": sku, "available": 7})
    second_run_count = seed.add_stock(dynamodb, tables.STOCK)

    stock = {item["pk"]: item["available"] for item in tables.scan(dynamodb, tables.STOCK)}
    assert (first_run_count, second_run_count) == (len(seed.prices()), 0)
    assert (stock[sku], stock[f"sku#{seed.sold_out_sku()}"]) == (7, 0)


def test_seeding_again_leaves_secrets_unchanged(tmp_path: Path, secrets: Any) -> None:
    file = tmp_path / "state" / "secrets.json"

    first = seed.store_secrets(secrets, "webhooks", file)
    second = seed.store_secrets(secrets, "webhooks", file)

    assert first == second
    assert first.keys() == CALLERS
    assert len(set(first.values())) == 2
    assert json.loads(secrets.get_secret_value(SecretId="webhooks")["SecretString"]) == {
        name: {"current": secret} for name, secret in first.items()
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_are_created_again_after_an_interruption(
    tmp_path: Path, secrets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets_file = tmp_path / "secrets.json"

    def write_and_interrupt(self: Path, *_: object, **__: object) -> int:
        with self.open("w") as file:
            file.write("{")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", write_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            seed.store_secrets(secrets, "webhooks", secrets_file)

    assert seed.store_secrets(secrets, "webhooks", secrets_file).keys() == CALLERS
