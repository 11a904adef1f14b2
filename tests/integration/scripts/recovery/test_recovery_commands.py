import json

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.commands import redrive as redrive_command
from orderflow_cli.commands import replay as replay_command
from tests.integration.scripts.recovery.conftest import Environment

BUS = "orderflow-dev-orders"
WINDOW = ["--environment", "dev", "--write", "--from", "2h", "--to", "1h"]


@pytest.fixture
def published(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment of which Terraform has published one source of a queue and one of a bucket."""
    environment.queue("finance")
    environment.queue("dead")
    environment.client("s3").create_bucket(
        Bucket="failures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    parameters = {
        "queue/finance": {"queue": "dead", "to": "finance"},
        "bucket/relay": {"bucket": "failures", "to": "relay"},
    }
    for name, source in parameters.items():
        environment.client("ssm").put_parameter(
            Name=f"/orderflow/dev/dead-letters/{name}", Value=json.dumps(source), Type="String"
        )
    for module in (redrive_command, replay_command):
        monkeypatch.setattr(module, "connect", lambda name, project: environment.cloud)
    monkeypatch.setattr("orderflow_cli.recovery.receipts.FOLDER", environment.folder)
    return environment


@pytest.fixture
def archive(published: Environment) -> str:
    """A bus with an archive, a rule to a queue and a rule to a partner; the ARN of the first rule."""
    events = published.client("events")
    bus = events.create_event_bus(Name=BUS)["EventBusArn"]
    events.create_archive(ArchiveName=BUS, EventSourceArn=bus)
    for name, value in {"bus_arn": bus, "archive_name": BUS}.items():
        published.client("ssm").put_parameter(Name=f"/orderflow/dev/{name}", Value=value, Type="String")
    arns = {
        "orderflow-dev-intake": published.queue_arn("finance"),
        "orderflow-dev-payment-request": "arn:aws:events:eu-west-1:123456789012:api-destination/provider/1",
    }
    for name, target in arns.items():
        events.put_rule(Name=name, EventBusName=BUS, EventPattern='{"source": ["x"]}')
        events.put_targets(Rule=name, EventBusName=BUS, Targets=[{"Id": "one", "Arn": target}])
    return str(events.describe_rule(Name="orderflow-dev-intake", EventBusName=BUS)["Arn"])


def test_what_waits_is_listed_with_its_reasons_and_the_empty_only_when_asked(
    published: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("message")
    listing = ["redrive", "list", "--environment", "dev", "--json"]

    assert ORDERFLOW.main(listing) == 0
    waiting = json.loads(capsys.readouterr().out)
    assert ORDERFLOW.main([*listing, "--all"]) == 0
    everything = json.loads(capsys.readouterr().out)

    (one,) = waiting
    assert (one["source"], one["messages"], one["container"]) == ("queue/finance", 1, "dead")
    assert one["reasons"] == {"received_too_often": 1}
    assert one["oldest"].endswith("Z")
    assert [(each["source"], each["messages"]) for each in everything] == [("queue/finance", 1), ("bucket/relay", 0)]


def test_list_says_that_nothing_waits(published: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    assert ORDERFLOW.main(["redrive", "list", "--environment", "dev"]) == 0

    assert "No dead-letter messages in any of 2" in capsys.readouterr().out


def test_messages_are_shown_and_left_when_they_are_inspected(
    published: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("customer's data")

    assert ORDERFLOW.main(["redrive", "inspect", "queue/finance", "--environment", "dev"]) == 0

    shown = capsys.readouterr().out
    assert "received_too_often" in shown
    assert "customer's data" not in shown
    assert len(published.messages("dead")) == 1


def test_messages_are_sent_and_a_receipt_is_named_when_it_runs(
    published: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("message")

    assert ORDERFLOW.main(["redrive", "run", "all", "--environment", "dev", "--write"]) == 0

    shown = capsys.readouterr().out
    assert "queue/finance: 1 sent" in shown
    assert str(published.folder) in shown
    assert len(published.messages("finance")) == 1


def test_only_the_message_that_is_named_is_sent(published: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    for body in ("one", "two"):
        published.put(body)
    ORDERFLOW.main(["redrive", "inspect", "all", "--environment", "dev", "--json", "--bodies"])
    wanted = {one["body"]: one["message"] for one in json.loads(capsys.readouterr().out)}["two"]

    assert ORDERFLOW.main(["redrive", "run", "all", "--environment", "dev", "--write", "--message", wanted]) == 0

    assert [body for body, _ in published.messages("finance")] == ["two"]
    assert [body for body, _ in published.messages("dead")] == ["one"]


@pytest.mark.parametrize("verb", [["run", "--write"], ["inspect"], ["discard", "--write"]])
def test_nothing_is_read_when_no_source_shows_messages(
    published: Environment, verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["redrive", *verb, "all", "--environment", "dev"]) == 0

    assert "dead-letter messages." in capsys.readouterr().out


def test_exit_code_is_1_when_a_message_is_kept(published: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    published.put("message", redrive_count="3")

    assert ORDERFLOW.main(["redrive", "run", "dead", "--environment", "dev", "--write"]) == 1

    assert "redriven 3 times already; --force" in capsys.readouterr().out


def test_discarded_messages_are_deleted_and_kept_in_a_file_of_ones_own(
    published: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("poison", ERROR_CODE="NO_PERMISSIONS")
    published.put("another", ERROR_CODE="SDK_CLIENT_ERROR")

    discard = ["redrive", "discard", "dead", "--reason", "NO_PERMISSIONS", "--environment", "dev", "--write", "--yes"]
    assert ORDERFLOW.main(discard) == 0

    assert "1 dead-letter message discarded" in capsys.readouterr().out
    (file,) = published.folder.glob("discard-*.jsonl")
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["state"], line["payload"], line["source"]) == ("discarded", "poison", "queue/finance")
    assert line["attributes"] == {"ERROR_CODE": "NO_PERMISSIONS"}
    assert file.stat().st_mode & 0o077 == 0
    assert [body for body, _ in published.messages("dead")] == ["another"]


@pytest.mark.parametrize(("answer", "left", "code"), [("y", 0, 0), ("n", 1, 1), ("", 1, 1)])
def test_discard_asks_once(
    published: Environment, monkeypatch: pytest.MonkeyPatch, answer: str, left: int, code: int
) -> None:
    published.put("poison")
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)

    assert ORDERFLOW.main(["redrive", "discard", "all", "--environment", "dev", "--write"]) == code

    assert len(asked) == 1
    assert "Discard 1 dead-letter message of dev?" in asked[0]
    assert len(published.messages("dead")) == left


def test_nothing_is_discarded_when_nobody_can_be_asked(
    published: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("poison")

    assert ORDERFLOW.main(["redrive", "discard", "all", "--environment", "dev", "--write"]) == 1

    assert "--yes agrees" in capsys.readouterr().err
    assert len(published.messages("dead")) == 1


def test_known_sources_are_named_when_there_is_no_such_source(
    published: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["redrive", "run", "queue/finanse", "--environment", "dev", "--write"]) == 1

    assert "There are: queue/finance, bucket/relay." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["redrive"], "Missing: list | inspect | run | discard."),
        (["redrive", "run"], "Missing: source."),
        (["redrive", "run", "all", "--rate", "0"], "--rate must be a number from 0.05 to 10000; got 0."),
        (["redrive", "run", "all", "--rate", "nan"], "--rate must be a number from 0.05 to 10000; got nan."),
        (["redrive", "inspect", "all", "--limit", "abc"], "--limit must be a whole number above 0; got abc."),
        (["redrive", "inspect", "all", "--limit", "-3"], "--limit must be a whole number above 0; got -3."),
        (["redrive", "lsit"], "must be one of list, inspect, run, discard; got lsit."),
        (["redrive", "list", "--environment", "Q A"], "--environment must be lower-case letters, digits and hyphens"),
        (["redrive", "list", "--every"], "There is no argument --every."),
        (["replay", "--from", "2h", "--to", "1h"], "Missing: --rule."),
        (["replay", "--from", "then", "--to", "1h", "--rule", "intake"], "--from must be a time such as"),
        (["replay", "--from"], "--from needs a value."),
        (["demo", "--seed", "x"], "--seed must be a whole number; got x."),
    ],
)
def test_mistake_is_a_sentence_when_an_argument_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        ORDERFLOW.main(arguments)

    told = capsys.readouterr().err
    assert refused.value.code == 2
    assert told.startswith("orderflow: ")
    assert said in told
    assert "--help` shows" in told


def test_only_named_rules_are_asked_for_when_a_replay_starts(
    published: Environment, archive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["replay", *WINDOW, "--rule", "intake"]) == 0

    events = published.client("events")
    (started,) = events.list_replays()["Replays"]
    found = events.describe_replay(ReplayName=started["ReplayName"])
    assert found["Destination"]["FilterArns"] == [archive]
    assert "does not say how many are in the window" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*WINDOW, "--rule", "payment_request"], "calls a partner"),
        ([*WINDOW, "--rule", "nobody"], "There is no rule 'nobody'"),
        (["--environment", "dev", "--write", "--from", "2h", "--to", "0s", "--rule", "intake"], "10 minutes"),
    ],
)
def test_nothing_is_replayed_when_it_is_refused(
    published: Environment, archive: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["replay", *arguments]) == 1

    assert said in capsys.readouterr().err
    assert published.client("events").list_replays()["Replays"] == []


def test_nothing_is_started_when_it_is_a_dry_run(published: Environment, archive: str) -> None:
    assert ORDERFLOW.main(["replay", *WINDOW, "--rule", "payment_request", "--force", "--dry-run"]) == 0

    assert published.client("events").list_replays()["Replays"] == []
