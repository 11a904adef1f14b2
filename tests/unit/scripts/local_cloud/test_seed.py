"""What `up` puts into an empty environment, and that doing it again changes nothing."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.local_cloud import seed

CALLERS = {"payment_provider", "carrier"}


class ConditionFailed(Exception):  # noqa: N818  # named by what it stands for
    """What the client raises when an item is there."""


class Table:
    """The stock table: one condition, that the key is new."""

    class exceptions:  # noqa: N801  # boto3's name
        ConditionalCheckFailedException = ConditionFailed

    def __init__(self) -> None:
        self.items: dict[str, str] = {}

    def put_item(self, TableName: str, Item: dict[str, dict[str, str]], ConditionExpression: str) -> None:  # noqa: N803
        assert (TableName, ConditionExpression) == ("stock", "attribute_not_exists(pk)")
        if Item["pk"]["S"] in self.items:
            raise ConditionFailed
        self.items[Item["pk"]["S"]] = Item["available"]["N"]


class Secrets:
    """The last value that was put."""

    def __init__(self) -> None:
        self.value: Any = None

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803
        assert SecretId == "webhooks"
        self.value = json.loads(SecretString)


def test_one_article_alone_is_sold_out_when_the_shelves_are_filled() -> None:
    stock = seed.initial_stock()

    assert stock.keys() == seed.catalog().keys()
    assert [sku for sku, pieces in stock.items() if pieces == 0] == [seed.sold_out_sku()]
    assert all(price > 0 for price in seed.catalog().values())


def test_stock_is_kept_when_it_is_seeded_again() -> None:
    table = Table()
    new = seed.stock(table, "stock")
    sku = f"sku#{min(seed.catalog())}"
    table.items[sku] = "7"

    again = seed.stock(table, "stock")

    assert (new, again) == (len(seed.catalog()), 0)
    assert table.items[sku] == "7"
    assert table.items[f"sku#{seed.sold_out_sku()}"] == "0"


def test_each_caller_keeps_its_secret_when_it_is_given_again(tmp_path: Path) -> None:
    kept, manager = tmp_path / "state" / "secrets.json", Secrets()

    first = seed.webhook_secrets(manager, "webhooks", kept)
    second = seed.webhook_secrets(manager, "webhooks", kept)

    assert first == second
    assert first.keys() == CALLERS
    assert len(set(first.values())) == 2
    assert manager.value == {name: {"current": secret} for name, secret in first.items()}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_secrets_are_made_anew_when_writing_them_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "secrets.json"

    def interrupted(self: Path, *_: object, **__: object) -> int:
        with self.open("w") as file:
            file.write("{")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", interrupted)
        with pytest.raises(KeyboardInterrupt):
            seed.webhook_secrets(Secrets(), "webhooks", kept)

    assert seed.webhook_secrets(Secrets(), "webhooks", kept).keys() == CALLERS
