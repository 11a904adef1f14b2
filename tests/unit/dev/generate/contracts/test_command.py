import argparse
from pathlib import Path

import pytest

from dev.commands import contracts as command
from dev.generate.contracts import files
from orderflow_cli import UserError

VALIDATOR = files.GENERATED / "validators" / "order_shipped_v1.py"


@pytest.fixture(autouse=True)
def _in_the_clone(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ROOT", clone)


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args(arguments))


def test_check_ends_well_when_nothing_drifted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 0

    assert capsys.readouterr().out == "every file generated from the contracts is up to date\n"


def test_check_names_the_file_and_the_way_out_when_it_drifted(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / VALIDATOR).write_text("def validate(data, drop_unknown=False): pass\n")
    (clone / files.CATALOG).unlink()

    assert run("check") == 1

    assert capsys.readouterr().err == (
        "orderflow: docs/events.md is missing: run `orderflow-dev contracts generate` and commit the result\n"
        "orderflow: lambdas/contracts/generated/validators/order_shipped_v1.py is not what the schemas say: "
        "run `orderflow-dev contracts generate` and commit the result\n"
    )


def test_check_writes_nothing_when_a_file_drifted(clone: Path) -> None:
    (clone / VALIDATOR).write_text("edited\n")

    run("check")

    assert (clone / VALIDATOR).read_text() == "edited\n"


def test_generate_says_what_it_did_when_files_drifted(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / VALIDATOR).unlink()
    (clone / files.GENERATED / "left_over.py").write_text("")

    assert run("generate") == 0

    assert capsys.readouterr().out == (
        "  removed lambdas/contracts/generated/left_over.py\n"
        "  wrote lambdas/contracts/generated/validators/order_shipped_v1.py\n"
        "2 generated files changed\n"
    )
    assert run("check") == 0


def test_generate_says_so_when_nothing_had_to_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("generate") == 0

    assert capsys.readouterr().out == "every generated file was up to date\n"


def test_catalog_shows_every_event_when_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("catalog") == 0

    shown = capsys.readouterr().out
    assert "OrderPlaced.v1" in shown
    assert "customer_service" in shown


@pytest.mark.parametrize("name", ["StockRejected", "StockRejected.v1"])
def test_catalog_shows_the_fields_when_an_event_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("catalog", name) == 0

    shown = capsys.readouterr().out
    assert "order_version" in shown
    assert "list of MissingStock" in shown


def test_problem_names_the_known_events_when_the_named_one_is_unknown() -> None:
    with pytest.raises(UserError, match="there is no event OrderEaten: choose one of OrderChanged, "):
        run("catalog", "OrderEaten")


def test_problem_names_file_and_keyword_when_a_schema_leaves_the_subset(clone: Path) -> None:
    path = clone / files.CONTRACTS / "schemas" / "OrderShipped.v1.json"
    path.write_text(path.read_text("utf-8").replace('"title"', '"minContains": 1, "title"'))

    with pytest.raises(UserError, match=r"lambdas/contracts: OrderShipped\.v1\.json: minContains cannot be used"):
        run("check")


@pytest.mark.parametrize("place", ["schemas/OrderShipped.v1.json", "examples/OrderShipped.v1/valid/complete.json"])
def test_problem_names_the_file_when_it_is_not_json(clone: Path, place: str) -> None:
    (clone / files.CONTRACTS / place).write_text("{")

    with pytest.raises(UserError, match=f"lambdas/contracts: {Path(place).name} is not JSON: .* line 1"):
        run("check")
