"""Two teams' Terraform roots with their own states, applied next to the running system and then destroyed."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts import ids, times
from orderflow_cli import ROOT
from orderflow_cli.build import package
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe import snapshot
from tests.e2e.conftest import ADDRESS, Shop, wait_for
from tests.support.terraform_root import TerraformRoot

VARS_OPTION = "-var-file=local.tfvars"


@dataclass
class TeamRoots:
    """Two teams' Terraform roots with their own states, and their outputs by name."""

    roots: dict[str, TerraformRoot]
    outputs: dict[str, dict[str, Any]]
    is_destroyed: bool = False

    def destroy(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: one.destroy(VARS_OPTION), self.roots.values()))
        self.is_destroyed = True


@pytest.fixture(scope="module")
def teams(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamRoots]:
    """The roots of both teams, applied concurrently, as independent teams would apply them."""
    folder = tmp_path_factory.mktemp("standalone")
    roots = {
        name: TerraformRoot(ROOT / "examples" / f"standalone_{name}", cloud.env(), folder)
        for name in ("consumer", "producer")
    }
    teams = TeamRoots(roots, {})
    try:
        for root in roots.values():
            package.build(**package.external_build_options(root.root / "functions"))
        with ThreadPoolExecutor(2) as pool:
            teams.outputs = dict(zip(roots, pool.map(lambda one: one.apply(VARS_OPTION), roots.values()), strict=True))
        yield teams
    finally:
        if not teams.is_destroyed:
            teams.destroy()


def test_second_plans_of_system_and_teams_are_empty(cloud: LocalCloud, teams: TeamRoots, tmp_path: Path) -> None:
    system_root = TerraformRoot(cloud.root, cloud.env(), tmp_path, state=False)

    assert system_root.changes() == []
    assert {name: root.changes(VARS_OPTION) for name, root in teams.roots.items()} == {"consumer": [], "producer": []}


def test_delivered_order_reaches_the_consuming_team(shop: Shop, teams: TeamRoots) -> None:
    declined_order_id = shop.place(shop.new_order("decline")).document["order_id"]
    order_id = shop.place(shop.new_order()).document["order_id"]

    award = wait_for(lambda: _read_award(shop, teams, order_id))

    item = shop.wait_for_status(order_id, "delivered")
    assert award["points"] == item["total"]["amount"] // 100
    assert (award["customer_id"], award["order_version"]) == (item["customer_id"], item["version"])
    shop.wait_for_status(declined_order_id, "cancelled")
    assert _read_award(shop, teams, declined_order_id) is None


def test_order_from_another_team_completes_its_lifecycle(shop: Shop, teams: TeamRoots) -> None:
    order = _marketplace_order()
    order_id = ids.order_id("partner", "marketplace", order["number"])

    # Sent twice, as a queue may deliver twice: only one order must result.
    for _ in range(2):
        _send(shop, teams, order)

    item = shop.wait_for_status(order_id, "delivered")
    assert (item["channel"], item["total"]) == ("partner", {"amount": 3150, "currency": "EUR"})
    assert [entry["amount"] for entry in shop.ledger(order_id)] == [3150]
    assert (shop.reservation(order_id) or {})["state"] == "shipped"
    assert wait_for(lambda: _read_award(shop, teams, order_id))["points"] == 31


def test_invalid_order_from_another_team_is_quarantined(shop: Shop, teams: TeamRoots) -> None:
    order = _marketplace_order()

    _send(shop, teams, {**order, "items": []})

    dead_letter_queue_url = teams.outputs["producer"]["dead_letter_queue_urls"]["function"]
    envelope = json.loads(wait_for(lambda: _first_body(shop, dead_letter_queue_url)))
    assert (envelope["function"], envelope["reason"]) == ("marketplace_orders", "invalid_field")
    assert json.loads(envelope["payload"])["number"] == order["number"]
    assert shop.order(ids.order_id("partner", "marketplace", order["number"])) is None


def test_roots_of_other_teams_are_destroyed_completely(teams: TeamRoots) -> None:
    teams.destroy()

    assert {name: root.resources() for name, root in teams.roots.items()} == {"consumer": [], "producer": []}


def _marketplace_order() -> dict[str, Any]:
    sku = min(seed.prices())
    return {
        "number": f"M-{uuid.uuid4().hex[:12]}",
        "buyer": "b-77",
        "ordered_at": times.now(),
        "currency": "EUR",
        "items": [{"sku": sku, "title": "Sold on a marketplace", "count": 3, "price": 1050}],
        "ship_to": ADDRESS,
    }


def _send(shop: Shop, teams: TeamRoots, order: dict[str, Any]) -> None:
    url = teams.outputs["producer"]["inbox_url"]
    shop.cloud.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(order))


def _read_award(shop: Shop, teams: TeamRoots, order_id: str) -> dict[str, Any] | None:
    response = shop.cloud.client("dynamodb").get_item(
        TableName=teams.outputs["consumer"]["points_table_name"],
        Key={"order_id": {"S": order_id}},
        ConsistentRead=True,
    )
    return snapshot.to_plain_item(response["Item"]) if "Item" in response else None


def _first_body(shop: Shop, url: str) -> str | None:
    messages = shop.cloud.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
    return messages[0]["Body"] if messages else None
