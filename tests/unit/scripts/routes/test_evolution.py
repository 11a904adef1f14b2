"""Changes of a contract with known verdicts, each read forwards and backwards."""

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
from tests.support.shop_plan import ORDER, shop, write_contracts

type Edit = Callable[[dict[str, Any]], object]

MIRRORED = {Verdict.CONSUMERS: Verdict.PRODUCERS, Verdict.PRODUCERS: Verdict.CONSUMERS}
COMPATIBLE, CONSUMERS, PRODUCERS, BREAKING = Verdict
NEW: dict[str, Any] = {"type": "string", "maxLength": 5}


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"]
    return found


def line(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = fields(schema)["lines"]["items"]
    return found


def changed(name: str, **keywords: Any) -> Edit:
    return lambda schema: fields(schema)[name].update(keywords)


def required(schema: dict[str, Any], *names: str) -> None:
    schema["required"] = [*schema["required"], *names]


CHANGES: list[tuple[str, Edit, str, Verdict]] = [
    ("description", changed("status", description="Where it is"), "", COMPATIBLE),
    ("words for people", changed("order_id", **{"x-says": "an id"}), "", COMPATIBLE),
    ("optional field", lambda schema: fields(schema).update(gift=NEW), "gift", COMPATIBLE),
    ("optional field of a line", lambda schema: fields(line(schema)).update(gift=NEW), "lines[].gift", COMPATIBLE),
    ("required field", lambda schema: [fields(schema).update(gift=NEW), required(schema, "gift")], "gift", PRODUCERS),
    ("field is required now", lambda schema: required(schema, "note"), "note", PRODUCERS),
    ("field is optional now", lambda schema: schema["required"].remove("paid"), "paid", CONSUMERS),
    (
        "field of a line is optional now",
        lambda schema: line(schema)["required"].remove("sku"),
        "lines[].sku",
        CONSUMERS,
    ),
    (
        "value of an enumeration more",
        changed("status", enum=["placed", "paid", "shipped", "lost"]),
        "status",
        CONSUMERS,
    ),
    ("value of an enumeration less", changed("status", enum=["placed", "paid"]), "status", PRODUCERS),
    ("another enumeration", changed("status", enum=["placed", "paid", "sent"]), "status", BREAKING),
    ("enumeration in another order", changed("status", enum=["shipped", "paid", "placed"]), "", COMPATIBLE),
    (
        "enumeration of a free text",
        lambda schema: fields(schema)["note"].update(enum=["gift", None]),
        "note",
        PRODUCERS,
    ),
    ("greater maximum", changed("amount", maximum=2000), "amount", CONSUMERS),
    ("smaller maximum", changed("amount", maximum=500), "amount", PRODUCERS),
    ("smaller minimum", changed("amount", minimum=0), "amount", CONSUMERS),
    ("both bounds moved up", changed("amount", minimum=5, maximum=2000), "amount", BREAKING),
    ("longer text", changed("note", maxLength=80), "note", CONSUMERS),
    ("shorter text", changed("note", maxLength=20), "note", PRODUCERS),
    (
        "null as well",
        changed("status", type=["string", "null"], enum=["placed", "paid", "shipped", None]),
        "status",
        CONSUMERS,
    ),
    ("null no more", changed("note", type="string"), "note", PRODUCERS),
    ("number for text", changed("order_id", type="integer"), "order_id", BREAKING),
    ("fractions as well", changed("amount", type="number"), "amount", CONSUMERS),
    ("text for truth", changed("paid", type="string"), "paid", BREAKING),
    ("wider pattern", changed("order_id", pattern="^ord_[a-z0-9]{4}$"), "order_id", CONSUMERS),
    ("narrower pattern", changed("order_id", pattern="^ord_[a-f2-7]{4}$"), "order_id", PRODUCERS),
    ("same pattern in other words", changed("order_id", pattern="^ord_[2-7a-z][2-7a-z]{3}$"), "order_id", COMPATIBLE),
    ("another pattern", changed("order_id", pattern="^order_[a-z]{4}$"), "order_id", BREAKING),
    ("more lines", changed("lines", maxItems=9), "lines", PRODUCERS),
    ("at least one line", changed("lines", minItems=1), "lines", PRODUCERS),
    (
        "wider field of a line",
        lambda schema: fields(line(schema))["sku"].update(maxLength=12),
        "lines[].sku",
        CONSUMERS,
    ),
    (
        "field of a nested object",
        lambda schema: fields(fields(schema)["customer"])["country"].update(pattern="^NL$"),
        "customer.country",
        PRODUCERS,
    ),
    (
        "field of an object that may be null, as a choice",
        lambda schema: fields(fields(schema)["parcel"]["anyOf"][0])["weight"].update(maximum=5),
        "parcel.weight",
        PRODUCERS,
    ),
    (
        "object that may not be null",
        lambda schema: fields(schema)["customer"].update(type="object"),
        "customer",
        PRODUCERS,
    ),
]


def contract(schema: dict[str, Any]) -> Contract:
    return Contract("OrderPlaced", 1, "bus", schema, Path("OrderPlaced.v1.json"), ("shop.shop",))


@pytest.mark.parametrize(("edit", "path", "verdict"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_change_has_its_verdict_in_both_directions(edit: Edit, path: str, verdict: Verdict) -> None:
    before = deepcopy(ORDER)
    after = deepcopy(ORDER)
    edit(after)

    for old, new, wanted in ((before, after, verdict), (after, before, MIRRORED.get(verdict, verdict))):
        found = evolution.changes([contract(old)], [contract(new)])

        if path:
            (one,) = found
            gone = "is gone" in one.what
            assert (one.path, one.verdict) == (path, Verdict.CONSUMERS if gone else wanted), one
        else:
            assert [one for one in found if one.breaks] == []


def test_two_versions_live_beside_each_other() -> None:
    first = contract(ORDER)
    second = replace(first, version=2, schema={**ORDER, "required": [*ORDER["required"], "note"]})

    (added,) = evolution.changes([first], [first, second])
    (gone,) = evolution.changes([first, second], [second])

    assert (added.what, added.verdict) == ("is new, beside version 1", Verdict.COMPATIBLE)
    assert (gone.contract.name, gone.what, gone.verdict) == ("OrderPlaced.v1", "is gone", Verdict.BREAKING)


def test_event_that_moves_to_another_carrier_breaks_both() -> None:
    first = contract(ORDER)

    (found,) = evolution.changes([first], [replace(first, carrier="topic")])

    assert (found.what, found.verdict) == ("carrier: bus -> topic", Verdict.BREAKING)


def test_source_more_breaks_nobody_and_a_source_less_breaks_both() -> None:
    one = contract(ORDER)
    two = replace(one, sources=("shop.shop", "shop.till"))

    assert [found.verdict for found in evolution.changes([one], [two])] == [Verdict.COMPATIBLE]
    assert [found.verdict for found in evolution.changes([two], [one])] == [Verdict.BREAKING]


@pytest.mark.parametrize(
    ("event", "path", "who"),
    [
        ("OrderChanged.v1", "status", ["aws_lambda_function.finance", "aws_lambda_function.mailer"]),
        ("OrderChanged.v1", "amount", ["aws_lambda_function.finance"]),
        ("OrderChanged.v1", "note", []),
        ("PaymentRequested.v1", "detail.order_id", ["aws_cloudwatch_event_api_destination.provider"]),
        ("OrderPlaced.v1", "detail.order_id", []),
    ],
)
def test_readers_of_a_field_are_named(tmp_path: Path, event: str, path: str, who: list[str]) -> None:
    settings = Settings.load(write_contracts(tmp_path))
    routes = Routes(Plan(shop()), settings)
    (about,) = [one for one in settings.contracts if one.name == event]

    assert [name for name, _ in matrix.readers(routes, about, path)] == who


def test_command_fails_and_names_who_is_hurt_when_a_version_is_broken(tmp_path: Path) -> None:
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
