import json
from typing import Any

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from tests.integration.scripts.conftest import REGION
from tests.integration.scripts.recovery.conftest import Environment

BUS = "orderflow-dev-orders"
type Capsys = pytest.CaptureFixture[str]
REPLAY_OPTIONS = ["--write", "--from", "2h", "--to", "1h"]


@pytest.fixture
def environment(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment with two published dead-letter sources: a queue and a bucket."""
    environment.queue("finance")
    environment.queue("dead")
    environment.client("s3").create_bucket(Bucket="failures", CreateBucketConfiguration={"LocationConstraint": REGION})
    publish(environment, "dead-letters/queue/finance", json.dumps({"queue": "dead", "to": "finance"}))
    publish(environment, "dead-letters/bucket/relay", json.dumps({"bucket": "failures", "to": "relay"}))
    for command in ("redrive", "replay"):
        monkeypatch.setattr(f"orderflow_cli.commands.{command}.connect", lambda name, project: environment.cloud)
    monkeypatch.setattr("orderflow_cli.recovery.receipts.RECEIPTS_FOLDER", environment.folder)
    return environment


def publish(environment: Environment, name: str, value: str) -> None:
    environment.client("ssm").put_parameter(Name=f"/orderflow/dev/{name}", Value=value, Type="String")


@pytest.fixture
def intake_rule_arn(environment: Environment) -> str:
    """Create a bus with an archive, a rule for a queue and a rule for a partner; return the ARN of the first rule."""
    events = environment.client("events")
    bus = events.create_event_bus(Name=BUS)["EventBusArn"]
    events.create_archive(ArchiveName=BUS, EventSourceArn=bus)
    publish(environment, "bus_arn", bus)
    publish(environment, "archive_name", BUS)
    arns = {
        "orderflow-dev-intake": environment.queue_arn("finance"),
        "orderflow-dev-payment-request": f"arn:aws:events:{REGION}:123456789012:api-destination/provider/1",
    }
    for name, target in arns.items():
        events.put_rule(Name=name, EventBusName=BUS, EventPattern='{"source": ["x"]}')
        events.put_targets(Rule=name, EventBusName=BUS, Targets=[{"Id": "one", "Arn": target}])
    return str(events.describe_rule(Name="orderflow-dev-intake", EventBusName=BUS)["Arn"])


def run(*arguments: str) -> int:
    return ORDERFLOW.main([*arguments, "--environment", "dev"])


def bodies(environment: Environment, queue: str) -> list[str]:
    return [body for body, _ in environment.messages(queue)]


def test_dead_letter_messages_are_counted_by_source_and_reason(environment: Environment, capsys: Capsys) -> None:
    def list_sources(*options: str) -> Any:
        assert run("redrive", "list", "--json", *options) == 0
        return json.loads(capsys.readouterr().out)

    environment.put("message")

    (source,), all_sources = list_sources(), list_sources("--all")
    assert (source["source"], source["messages"], source["container"]) == ("queue/finance", 1, "dead")
    assert source["reasons"] == {"received_too_often": 1}
    assert source["oldest"].endswith("Z")
    assert [(item["source"], item["messages"]) for item in all_sources] == [("queue/finance", 1), ("bucket/relay", 0)]


def test_inspected_messages_are_listed_without_bodies_and_kept(environment: Environment, capsys: Capsys) -> None:
    environment.put("customer's data")

    assert run("redrive", "inspect", "queue/finance") == 0

    output = capsys.readouterr().out
    assert "received_too_often" in output
    assert "customer's data" not in output
    assert len(environment.messages("dead")) == 1


def test_redrive_sends_messages_and_writes_a_receipt(environment: Environment, capsys: Capsys) -> None:
    environment.put("message")

    assert run("redrive", "run", "all", "--write") == 0

    output = capsys.readouterr().out
    assert "queue/finance: 1 sent" in output
    (receipt,) = environment.folder.rglob("redrive-*.jsonl")
    assert (str(receipt) in output, "sent" in receipt.read_text()) == (True, True)
    assert bodies(environment, "finance") == ["message"]


def test_only_the_given_message_is_sent(environment: Environment, capsys: Capsys) -> None:
    for body in ("one", "two"):
        environment.put(body)
    run("redrive", "inspect", "all", "--json", "--bodies")
    message_id = {item["body"]: item["message"] for item in json.loads(capsys.readouterr().out)}["two"]

    assert run("redrive", "run", "all", "--write", "--message", message_id) == 0

    assert (bodies(environment, "finance"), bodies(environment, "dead")) == (["two"], ["one"])


@pytest.mark.parametrize(
    "command", [["list"], ["run", "all", "--write"], ["inspect", "all"], ["discard", "all", "--write"]]
)
def test_commands_report_that_no_messages_exist(environment: Environment, command: list[str], capsys: Capsys) -> None:
    assert run("redrive", *command) == 0

    assert "No dead-letter messages" in capsys.readouterr().out


def test_exit_code_is_1_when_a_message_is_kept(environment: Environment, capsys: Capsys) -> None:
    environment.put("message", redrive_count="3")

    assert run("redrive", "run", "dead", "--write") == 1

    assert "already redriven 3 times; use `orderflow redrive run --force`" in capsys.readouterr().out


def test_discarded_messages_are_saved_in_a_private_file(environment: Environment, capsys: Capsys) -> None:
    environment.put("poison", ERROR_CODE="NO_PERMISSIONS")
    environment.put("another", ERROR_CODE="SDK_CLIENT_ERROR")

    assert run("redrive", "discard", "dead", "--reason", "NO_PERMISSIONS", "--write", "--yes") == 0

    assert "1 dead-letter message discarded" in capsys.readouterr().out
    (file,) = environment.folder.glob("discard-*.jsonl")
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["state"], line["payload"], line["source"]) == ("discarded", "poison", "queue/finance")
    assert line["attributes"] == {"ERROR_CODE": "NO_PERMISSIONS"}
    assert file.stat().st_mode & 0o077 == 0
    assert bodies(environment, "dead") == ["another"]


@pytest.mark.parametrize(("answer", "remaining", "code"), [("y", 0, 0), ("n", 1, 1), ("", 1, 1)])
def test_discard_asks_for_confirmation_once(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, answer: str, remaining: int, code: int
) -> None:
    environment.put("poison")
    questions: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: questions.append(question) or answer)

    assert run("redrive", "discard", "all", "--write") == code

    assert len(questions) == 1
    assert "Discard 1 dead-letter message in dev?" in questions[0]
    assert len(environment.messages("dead")) == remaining


def test_nothing_is_discarded_without_confirmation(environment: Environment, capsys: Capsys) -> None:
    environment.put("poison")

    assert run("redrive", "discard", "all", "--write") == 1

    assert "confirm with --yes" in capsys.readouterr().err
    assert len(environment.messages("dead")) == 1


def test_error_for_an_unknown_source_lists_the_known_ones(environment: Environment, capsys: Capsys) -> None:
    assert run("redrive", "run", "queue/finanse", "--write") == 1

    assert "choose from queue/finance, bucket/relay." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("stauts", "got stauts. Did you mean status?"),
        ("redrive", "Missing: list | inspect | run | discard."),
        ("redrive run", "Missing: source."),
        ("redrive run all --rate 0", "--rate must be a number from 0.05 to 10000; got 0."),
        ("redrive run all --rate nan", "--rate must be a number from 0.05 to 10000; got nan."),
        ("redrive inspect all --limit abc", "--limit must be a whole number from 1 to 999999999; got abc."),
        ("redrive inspect all --limit -3", "--limit must be a whole number from 1 to 999999999; got -3."),
        ("redrive lsit", "must be one of list, inspect, run, discard; got lsit. Did you mean list?"),
        ("redrive list --environment Q_A", "--environment must have 1 to 31 characters from a-z, 0-9 and -"),
        ("redrive list --every", "Unknown argument --every. `orderflow redrive list --help` lists"),
        ("studio --port 65536", "--port must be a whole number from 1 to 65535; got 65536."),
        ("demo --orders 9", "--orders must be a whole number from 10 to 100000; got 9."),
        ("logs --since 0001-01-01T00:00:00+23:00", "--since must be a time such as"),
        ("replay --from 2h --to 1h", "Missing: --rule."),
        ("replay --from then --to 1h --rule intake", "--from must be a time such as"),
        ("replay --from", "--from needs a value."),
        ("demo --seed x", "--seed must be a whole number; got x."),
    ],
)
def test_invalid_argument_is_explained(command: str, sentence: str, capsys: Capsys) -> None:
    with pytest.raises(SystemExit) as exit_info:
        ORDERFLOW.main(command.split())

    error = capsys.readouterr().err
    assert exit_info.value.code == 2
    assert error.startswith("orderflow: ")
    assert sentence in error
    assert "--help` lists" in error


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("cost --plan prd", "prd is neither a file nor an environment; choose from dev, local, prod, staging."),
        ("cost --plan README.md", "README.md cannot be read as the JSON of a plan"),
        ("send event PaymentCaptured --dry-run --set =5", "--set must be PATH=VALUE or PATH"),
        ("send event PaymentCaptured --dry-run --set data.amount=x", "data.amount: must be"),
    ],
)
def test_invalid_value_is_explained(command: str, sentence: str, capsys: Capsys) -> None:
    assert ORDERFLOW.main(command.split()) == 1
    assert sentence in capsys.readouterr().err


def test_replay_is_limited_to_the_given_rules(environment: Environment, intake_rule_arn: str, capsys: Capsys) -> None:
    assert run("replay", *REPLAY_OPTIONS, "--rule", "intake") == 0

    events = environment.client("events")
    (replay,) = events.list_replays()["Replays"]
    description = events.describe_replay(ReplayName=replay["ReplayName"])
    assert description["Destination"]["FilterArns"] == [intake_rule_arn]
    assert "does not report how many are in the window" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([*REPLAY_OPTIONS, "--rule", "payment_request"], 1, "calls a partner"),
        ([*REPLAY_OPTIONS, "--rule", "nobody"], 1, "Unknown rule 'nobody'"),
        (["--write", "--from", "2h", "--to", "0s", "--rule", "intake"], 1, "10 minutes"),
        ([*REPLAY_OPTIONS, "--rule", "payment_request", "--force", "--dry-run"], 0, ""),
    ],
    ids=["partner", "unknown rule", "too recent", "dry run"],
)
@pytest.mark.usefixtures("intake_rule_arn")
def test_nothing_is_replayed_after_an_error_or_in_a_dry_run(
    environment: Environment, arguments: list[str], code: int, sentence: str, capsys: Capsys
) -> None:
    assert run("replay", *arguments) == code

    assert sentence in capsys.readouterr().err
    assert environment.client("events").list_replays()["Replays"] == []
