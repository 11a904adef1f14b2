"""`orderflow routes` on a plan of one's own: what it prints, what it finds, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.routes import Answer, Routes, event
from tests.support.shop_plan import EXAMPLE, Document, forget, pattern, remove, shop, values, write_contracts

RULE = "aws_cloudwatch_event_rule.intake"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_contracts(tmp_path)
    monkeypatch.chdir(tmp_path)
    save(shop())
    return tmp_path


def save(plan: Document) -> None:
    Path("plan.json").write_text(json.dumps(plan))


def routes(*arguments: str) -> int:
    return ORDERFLOW.main(["routes", *arguments, "--plan", "plan.json"])


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_matrix_has_a_cell_with_its_reason_for_every_event_and_receiver(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert routes("--format", "json") == 0

    (matrix,) = printed(capsys)
    placed = next(one for one in matrix["events"] if one["event"] == "OrderPlaced.v1/complete")
    cells = {one["receiver"]: (one["answer"], one["why"]) for one in placed["deliveries"]}
    assert cells == {
        "aws_cloudwatch_event_target.intake": ("yes", ["takes source, detail-type"]),
        "aws_lambda_event_source_mapping.intake": ("yes", ["takes everything"]),
        "aws_cloudwatch_event_target.payment": (
            "no",
            ['source is "shop.shop", not "shop.finance"', 'detail-type is "OrderPlaced", not "PaymentRequested"'],
        ),
    }


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_matrix_says_who_takes_which_example(folder: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    assert routes("--format", form) == 0

    text = " ".join(capsys.readouterr().out.split())
    assert "OrderChanged.v1" in text
    assert "not complete" in text


def test_check_passes_and_counts_what_it_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert routes("check") == 0

    assert "plan: 8 events, 8 receivers; " in capsys.readouterr().out


def test_check_fails_on_a_finding_and_writes_it_as_sarif(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = shop()
    pattern(plan, "intake", {"detail": {"staus": ["paid"]}})
    save(plan)
    (folder / "main.tf").write_text('\n\nresource "aws_cloudwatch_event_rule" "intake" {\n}\n')

    assert routes("check", "--sarif", "out/routes.sarif", "--source", ".") == 1

    (run,) = json.loads(Path("out/routes.sarif").read_text())["runs"]
    found = next(one for one in run["results"] if one["ruleId"] == "unknown-field")
    place = found["locations"][0]["physicalLocation"]
    assert found["level"] == "error"
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("main.tf", 3)
    assert "did you mean status?" in found["message"]["text"]
    assert {one["ruleId"] for one in run["results"]} <= {one["id"] for one in run["tool"]["driver"]["rules"]}


def test_what_cannot_be_told_is_neither_found_nor_passed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = shop()
    forget(plan, RULE, "event_pattern", "local.pattern")
    save(plan)

    assert routes("check") == 2

    assert "? cannot-be-told: aws_cloudwatch_event_rule.intake" in capsys.readouterr().out


def test_accepted_finding_passes_and_an_acceptance_of_nothing_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = shop()
    values(plan, "aws_cloudwatch_event_target.intake")["dead_letter_config"] = []
    save(plan)
    settings = folder / "routes.toml"
    accept = '[[accept]]\nfinding = "no-dead-letter-queue"\naddress = "*_target.intake"\nreason = "none"\n'
    settings.write_text(settings.read_text() + accept)

    assert routes("check") == 0
    assert "0 findings, 0 that cannot be told, 1 accepted" in capsys.readouterr().out

    save(shop())

    assert routes("check") == 1
    assert "no-dead-letter-queue is not found here: take it out" in capsys.readouterr().out


def test_difference_from_the_committed_matrix_is_shown_as_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert routes("check", "--matrix", "routes.md", "--write") == 0
    assert routes("check", "--matrix", "routes.md") == 0
    plan = shop()
    filtered = values(plan, "aws_sns_topic_subscription.finance")
    filtered["filter_policy"] = '{"status": ["paid", "placed"]}'
    save(plan)
    capsys.readouterr()

    assert routes("check", "--matrix", "routes.md") == 1

    said = capsys.readouterr().out
    assert "matrix-differs: routes.md" in said
    assert "-| `aws_sns_topic_subscription.finance`" in said or "-| aws_sns_topic_subscription.finance" in said
    assert "| every example |" in said


def test_readers_of_a_field_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert routes("find", "order_id") == 0

    said = " ".join(capsys.readouterr().out.split())
    assert "aws_cloudwatch_event_target.payment input Key: $.detail.order_id" in said
    assert "aws_lambda_event_source_mapping.stream filter dynamodb.NewImage.order_id.S" in said
    assert routes("find", "colour") == 1


@pytest.mark.parametrize(
    ("source", "code", "said"), [("shop.shop", 0, "yes"), ("web", 1, 'source is "web", not'), ("a.b", 1, "no")]
)
def test_event_is_put_to_every_receiver(
    folder: Path, capsys: pytest.CaptureFixture[str], source: str, code: int, said: str
) -> None:
    Path("event.json").write_text(json.dumps(event(source, "OrderPlaced", EXAMPLE).body))

    assert routes("test", "--event", "event.json") == code
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pattern", "code", "said"),
    [
        ({"detail": {"status": ["placed"]}}, 0, "yes: takes detail.status"),
        ({"detail": {"status": ["paid"]}}, 1, 'no: detail.status is "placed", not "paid"'),
        ({"detail": {"status": [{"wildcard": "*a*b*c*d*e"}]}}, 2, "cannot be told: a wildcard"),
        ({"detail": {"status": "paid"}}, 2, "cannot be told: AWS refuses the pattern"),
    ],
)
def test_event_is_put_to_a_pattern(
    folder: Path, capsys: pytest.CaptureFixture[str], pattern: dict[str, Any], code: int, said: str
) -> None:
    Path("event.json").write_text(json.dumps(event("shop.shop", "OrderPlaced", EXAMPLE).body))
    Path("pattern.json").write_text(json.dumps(pattern))

    assert routes("test", "--event", "event.json", "--pattern", "pattern.json") == code
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["find"], "Name a field"),
        (["test"], "Name the event"),
        (["check", "--settings", "none.toml"], "cannot be read as TOML"),
    ],
)
def test_what_is_missing_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert routes(*arguments) == 1
    assert said in capsys.readouterr().err


def test_deliveries_tell_who_did_not_get_an_event_and_why(folder: Path) -> None:
    plan = shop()
    remove(plan, "aws_lambda_event_source_mapping.stream")
    save(plan)

    found = Routes.read(Path("plan.json")).deliveries(event("shop.finance", "PaymentRequested", EXAMPLE))

    assert {one.receiver.label: one.verdict.answer for one in found} == {
        "aws_cloudwatch_event_target.intake": Answer.NO,
        "aws_cloudwatch_event_target.payment": Answer.YES,
    }
    (missed,) = [one for one in found if one.verdict.answer is Answer.NO]
    assert missed.verdict.reason.startswith('source is "shop.finance", not "shop.shop" or')
