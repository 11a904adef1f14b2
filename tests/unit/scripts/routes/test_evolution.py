"""Changes to a contract with known verdicts for forward and backward compatibility."""

import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.routes import Routes, evolution, matrix
from orderflow_cli.routes.evolution import Verdict
from orderflow_cli.routes.messages import Contract
from orderflow_cli.routes.plan import Plan
from orderflow_cli.routes.settings import Settings
from tests.support.shop_plan import ORDER_SCHEMA, shop, write_contracts

type Edit = Callable[[dict[str, Any]], object]

COMPATIBLE, BREAKS_CONSUMERS, BREAKS_PRODUCERS, BREAKS_BOTH = Verdict
OPPOSITE_VERDICTS = {BREAKS_CONSUMERS: BREAKS_PRODUCERS, BREAKS_PRODUCERS: BREAKS_CONSUMERS}
NEW_FIELD: dict[str, Any] = {"type": "string", "maxLength": 5}
STATUSES = ("placed", "paid", "shipped")


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = schema["properties"]
    return properties


def line(schema: dict[str, Any]) -> dict[str, Any]:
    items: dict[str, Any] = fields(schema)["lines"]["items"]
    return items


def update(name: str, **keywords: Any) -> Edit:
    return lambda schema: fields(schema)[name].update(keywords)


def require(schema: dict[str, Any], *names: str) -> None:
    schema["required"] = [*schema["required"], *names]


CHANGES: dict[Verdict, dict[str, tuple[str, Edit]]] = {
    COMPATIBLE: {
        "description": ("", update("status", description="Where it is")),
        "words for people": ("", update("order_id", **{"x-says": "an id"})),
        "optional field": ("gift", lambda schema: fields(schema).update(gift=NEW_FIELD)),
        "optional field of a line": ("lines[].gift", lambda schema: fields(line(schema)).update(gift=NEW_FIELD)),
        "further fields": ("customer[]", update("customer", additionalProperties={"type": "string"})),
        "enumeration in another order": ("", update("status", enum=["shipped", "paid", "placed"])),
        "same pattern in other words": ("order_id", update("order_id", pattern="^ord_[2-7a-z][2-7a-z]{3}$")),
    },
    BREAKS_CONSUMERS: {
        "field is optional now": ("paid", lambda schema: schema["required"].remove("paid")),
        "field of a line is optional now": ("lines[].sku", lambda schema: line(schema)["required"].remove("sku")),
        "added value of an enumeration": ("status", update("status", enum=[*STATUSES, "lost"])),
        "greater maximum": ("amount", update("amount", maximum=2000)),
        "smaller minimum": ("amount", update("amount", minimum=0)),
        "anything in a list": ("lines[]", lambda schema: fields(schema)["lines"].pop("items")),
        "longer text": ("note", update("note", maxLength=80)),
        "null as well": ("status", update("status", type=["string", "null"], enum=[*STATUSES, None])),
        "fractions as well": ("amount", update("amount", type="number")),
        "wider pattern": ("order_id", update("order_id", pattern="^ord_[a-z0-9]{4}$")),
        "wider field of a line": ("lines[].sku", lambda schema: fields(line(schema))["sku"].update(maxLength=12)),
    },
    BREAKS_PRODUCERS: {
        "required field": ("gift", lambda schema: [fields(schema).update(gift=NEW_FIELD), require(schema, "gift")]),
        "field is required now": ("note", lambda schema: require(schema, "note")),
        "removed value of an enumeration": ("status", update("status", enum=["placed", "paid"])),
        "enumeration of a free text": ("note", lambda schema: fields(schema)["note"].update(enum=["gift", None])),
        "smaller maximum": ("amount", update("amount", maximum=500)),
        "shorter text": ("note", update("note", maxLength=20)),
        "format": ("note", update("note", format="email")),
        "excluded value": ("note", update("note", **{"not": {"enum": ["x"]}})),
        "null no longer": ("note", update("note", type="string")),
        "narrower pattern": ("order_id", update("order_id", pattern="^ord_[a-f2-7]{4}$")),
        "at most nine lines": ("lines", update("lines", maxItems=9)),
        "at least one line": ("lines", update("lines", minItems=1)),
        "nested field": (
            "customer.country",
            lambda one: fields(fields(one)["customer"])["country"].update(pattern="^NL$"),
        ),
        "in a choice": (
            "parcel.weight",
            lambda one: fields(fields(one)["parcel"]["anyOf"][0])["weight"].update(maximum=5),
        ),
        "object that may not be null": ("customer", lambda schema: fields(schema)["customer"].update(type="object")),
    },
    BREAKS_BOTH: {
        "another enumeration": ("status", update("status", enum=["placed", "paid", "sent"])),
        "both bounds moved up": ("amount", update("amount", minimum=5, maximum=2000)),
        "number for text": ("order_id", update("order_id", type="integer")),
        "text for truth": ("paid", update("paid", type="string")),
        "another pattern": ("order_id", update("order_id", pattern="^order_[a-z]{4}$")),
    },
}


def contract(schema: dict[str, Any]) -> Contract:
    return Contract("OrderPlaced", 1, "bus", schema, Path("OrderPlaced.v1.json"), ("shop.shop",))


@pytest.mark.parametrize(
    ("edit", "path", "verdict"),
    [
        pytest.param(edit, path, verdict, id=name)
        for verdict, changes in CHANGES.items()
        for name, (path, edit) in changes.items()
    ],
)
def test_change_and_its_reverse_have_the_expected_verdicts(edit: Edit, path: str, verdict: Verdict) -> None:
    before = deepcopy(ORDER_SCHEMA)
    after = deepcopy(ORDER_SCHEMA)
    edit(after)

    for old, new, expected in ((before, after, verdict), (after, before, OPPOSITE_VERDICTS.get(verdict, verdict))):
        changes = evolution.changes([contract(old)], [contract(new)])

        if path:
            (change,) = changes
            is_removed = "is removed" in change.summary
            assert (change.path, change.verdict) == (path, BREAKS_CONSUMERS if is_removed else expected), change
        else:
            assert [one for one in changes if one.is_breaking] == []


def test_added_version_is_compatible_and_a_removed_one_is_not() -> None:
    first = contract(ORDER_SCHEMA)
    second = replace(first, version=2, schema={**ORDER_SCHEMA, "required": [*ORDER_SCHEMA["required"], "note"]})

    (addition,) = evolution.changes([first], [first, second])
    (removal,) = evolution.changes([first, second], [second])
    replacement = evolution.changes([first], [second])

    assert (addition.summary, addition.verdict) == ("is new, alongside OrderPlaced.v1", COMPATIBLE)
    assert (removal.contract, removal.summary, removal.verdict) == (first, "is removed", BREAKS_BOTH)
    assert [one.summary for one in replacement] == ["is removed", "is new"]


def test_move_from_bus_to_topic_breaks_consumers_and_producers() -> None:
    (change,) = evolution.changes([contract(ORDER_SCHEMA)], [replace(contract(ORDER_SCHEMA), carrier="topic")])

    assert (change.summary, change.verdict) == ("carrier: bus -> topic", BREAKS_BOTH)


def test_removed_source_is_breaking_and_an_added_one_is_not() -> None:
    shop_contract = contract(ORDER_SCHEMA)
    shop_and_till_contract = replace(shop_contract, sources=("shop.shop", "shop.till"))

    assert [change.verdict for change in evolution.changes([shop_contract], [shop_and_till_contract])] == [COMPATIBLE]
    assert [change.verdict for change in evolution.changes([shop_and_till_contract], [shop_contract])] == [BREAKS_BOTH]


@pytest.mark.parametrize(
    ("event", "path", "readers"),
    [
        ("OrderChanged.v1", "status", ["aws_lambda_function.finance", "aws_lambda_function.mailer"]),
        ("OrderChanged.v1", "amount", ["aws_lambda_function.finance"]),
        ("OrderChanged.v1", "note", []),
        ("PaymentRequested.v1", "detail.order_id", ["aws_cloudwatch_event_api_destination.provider"]),
        ("OrderPlaced.v1", "detail.order_id", []),
    ],
)
def test_readers_of_a_field_are_named(tmp_path: Path, event: str, path: str, readers: list[str]) -> None:
    settings = Settings.load(write_contracts(tmp_path))
    routes = Routes(Plan(shop()), settings)
    (contract,) = [one for one in settings.contracts if one.name == event]

    assert [name for name, _ in matrix.contract_readers(routes, contract, path)] == readers


def test_command_fails_on_a_breaking_change_unless_the_event_is_retired(tmp_path: Path) -> None:
    from orderflow_cli.__main__ import ORDERFLOW

    write_contracts(tmp_path)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(shop()))
    command = ["contracts", "diff", "--against", "HEAD", "--contracts", str(tmp_path / "schemas"), "--plan", str(plan)]

    assert ORDERFLOW.main(command) == 0

    file = tmp_path / "schemas" / "OrderChanged.v1.json"
    file.write_text(file.read_text().replace('"shipped"]', '"shipped", "lost"]'))

    assert ORDERFLOW.main(command) == 1
    assert ORDERFLOW.main([*command, "--retire", "OrderChanged.v1"]) == 0
