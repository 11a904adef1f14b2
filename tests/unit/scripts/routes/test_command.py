"""`orderflow routes` on a given plan: output, findings and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.routes import Answer, Routes, event
from tests.support.shop_plan import EXAMPLE, Document, edit_pattern, make_unknown, remove, shop, values, write_contracts

PLACED_EVENT = event("shop.shop", "OrderPlaced", EXAMPLE).body


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the shop's contracts and plan."""
    write_contracts(tmp_path)
    monkeypatch.chdir(tmp_path)
    write("plan.json", shop())
    return tmp_path


def write(name: str, document: object) -> None:
    Path(name).write_text(json.dumps(document))


def routes(*arguments: str, plan: Document | None = None) -> int:
    if plan is not None:
        write("plan.json", plan)
    return ORDERFLOW.main(["routes", *arguments, "--plan", "plan.json"])


def test_matrix_has_an_answer_and_a_reason_for_each_receiver(capsys: pytest.CaptureFixture[str]) -> None:
    assert routes("--format", "json") == 0

    (matrix,) = json.loads(capsys.readouterr().out)
    entry = next(one for one in matrix["events"] if one["event"] == "OrderPlaced.v1/complete")
    assert {one["receiver"]: (one["answer"], one["why"]) for one in entry["deliveries"]} == {
        "aws_cloudwatch_event_target.intake": ("yes", ["matches source, detail-type"]),
        "aws_lambda_event_source_mapping.intake": ("yes", ["has no filter"]),
        "aws_cloudwatch_event_target.payment": (
            "no",
            ['source is "shop.shop", not "shop.finance"', 'detail-type is "OrderPlaced", not "PaymentRequested"'],
        ),
    }


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_matrix_names_the_examples_that_do_not_match(capsys: pytest.CaptureFixture[str], form: str) -> None:
    assert routes("--format", form) == 0

    text = " ".join(capsys.readouterr().out.split())
    assert "OrderChanged.v1" in text
    assert "not complete" in text


def test_check_of_a_valid_plan_passes_and_prints_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert routes("check") == 0

    assert "plan: 8 events, 8 receivers; " in capsys.readouterr().out


def test_check_fails_on_a_finding_and_writes_it_as_sarif(folder: Path) -> None:
    plan = shop()
    edit_pattern(plan, "intake", {"detail": {"staus": ["paid"]}})
    (folder / "main.tf").write_text('\n\nresource "aws_cloudwatch_event_rule" "intake" {\n}\n')

    assert routes("check", "--sarif", "out/routes.sarif", "--source", ".", plan=plan) == 1

    (run,) = json.loads(Path("out/routes.sarif").read_text())["runs"]
    finding = next(one for one in run["results"] if one["ruleId"] == "unknown-field")
    location = finding["locations"][0]["physicalLocation"]
    assert finding["level"] == "error"
    assert (location["artifactLocation"]["uri"], location["region"]["startLine"]) == ("main.tf", 3)
    assert "did you mean status?" in finding["message"]["text"]
    assert {one["ruleId"] for one in run["results"]} <= {one["id"] for one in run["tool"]["driver"]["rules"]}


def test_undecidable_result_is_neither_a_finding_nor_a_pass(capsys: pytest.CaptureFixture[str]) -> None:
    plan = shop()
    make_unknown(plan, "aws_cloudwatch_event_rule.intake", "event_pattern", "local.pattern")

    assert routes("check", plan=plan) == 2

    assert "? cannot-be-told: aws_cloudwatch_event_rule.intake" in capsys.readouterr().out


def test_accepted_finding_passes_and_an_unused_acceptance_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, settings = shop(), folder / "routes.toml"
    values(plan, "aws_cloudwatch_event_target.intake")["dead_letter_config"] = []
    accept = '[[accept]]\nfinding = "no-dead-letter-queue"\naddress = "*_target.intake"\nreason = "none"\n'
    settings.write_text(settings.read_text() + accept)

    assert routes("check", plan=plan) == 0
    assert "0 findings, 0 undecided, 1 accepted" in capsys.readouterr().out

    assert routes("check", plan=shop()) == 1
    assert "no-dead-letter-queue does not occur; remove the entry" in capsys.readouterr().out


def test_difference_from_the_committed_matrix_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert routes("check", "--matrix", "routes.md", "--write") == 0
    assert routes("check", "--matrix", "routes.md") == 0
    plan = shop()
    values(plan, "aws_sns_topic_subscription.finance")["filter_policy"] = '{"status": ["paid", "placed"]}'
    capsys.readouterr()

    assert routes("check", "--matrix", "routes.md", plan=plan) == 1

    output = capsys.readouterr().out
    assert "matrix-differs: routes.md" in output
    assert "-| `aws_sns_topic_subscription.finance`" in output or "-| aws_sns_topic_subscription.finance" in output
    assert "| every example |" in output


def test_readers_of_a_field_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert routes("find", "order_id") == 0

    output = " ".join(capsys.readouterr().out.split())
    assert "aws_cloudwatch_event_target.payment input Key: $.detail.order_id" in output
    assert "aws_lambda_event_source_mapping.stream filter dynamodb.NewImage.order_id.S" in output
    assert routes("find", "colour") == 1


@pytest.mark.parametrize(
    ("pattern", "event", "code", "sentence"),
    [
        (None, PLACED_EVENT, 0, "yes"),
        (None, {**PLACED_EVENT, "source": "web"}, 1, 'source is "web", not'),
        (None, {**PLACED_EVENT, "source": "a.b"}, 1, "no"),
        ({"detail": {"status": ["placed"]}}, PLACED_EVENT, 0, "yes: matches detail.status"),
        ({"detail": {"status": ["paid"]}}, PLACED_EVENT, 1, 'no: detail.status is "placed", not "paid"'),
        ({"detail": {"status": [{"wildcard": "*a*b*c*d*e"}]}}, PLACED_EVENT, 2, "undecided: a wildcard"),
        ({"detail": {"status": "paid"}}, PLACED_EVENT, 2, "undecided: AWS rejects the pattern"),
    ],
)
def test_event_is_matched_against_all_receivers_or_a_pattern(
    capsys: pytest.CaptureFixture[str], pattern: dict[str, Any] | None, event: dict[str, Any], code: int, sentence: str
) -> None:
    write("event.json", event)
    write("pattern.json", pattern)

    assert routes("test", "--event", "event.json", *(["--pattern", "pattern.json"] if pattern else [])) == code
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["find"], "FIELD must be given"),
        (["test"], "Name the event"),
        (["check", "--settings", "none.toml"], "cannot be read as TOML"),
    ],
)
def test_missing_input_is_reported(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    assert routes(*arguments) == 1
    assert sentence in capsys.readouterr().err


def test_deliveries_show_why_a_receiver_did_not_get_an_event() -> None:
    plan = shop()
    remove(plan, "aws_lambda_event_source_mapping.stream")
    write("plan.json", plan)

    deliveries = Routes.read(Path("plan.json")).deliveries(event("shop.finance", "PaymentRequested", EXAMPLE))

    assert {one.receiver.label: one.verdict.answer for one in deliveries} == {
        "aws_cloudwatch_event_target.intake": Answer.NO,
        "aws_cloudwatch_event_target.payment": Answer.YES,
    }
    (delivery,) = [one for one in deliveries if one.verdict.answer is Answer.NO]
    assert delivery.verdict.reason.startswith('source is "shop.finance", not "shop.shop" or')
