import json
from typing import TYPE_CHECKING

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.commands import redrive as redrive_command
from orderflow_cli.commands import replay as replay_command

if TYPE_CHECKING:
    from conftest import Environment

BUS = "orderflow-dev-orders"
WINDOW = ["--environment", "dev", "--from", "2h", "--to", "1h"]


@pytest.fixture
def published(environment: "Environment", monkeypatch: pytest.MonkeyPatch) -> "Environment":
    """An environment of which Terraform has published one place of a queue and one of a bucket."""
    environment.queue("finance")
    environment.queue("dead")
    environment.client("s3").create_bucket(
        Bucket="failures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    parameters = {
        "queue": {"finance": {"queue": "dead", "to": "finance"}},
        "bucket": {"relay": {"bucket": "failures", "to": "relay"}},
    }
    for kind, places in parameters.items():
        environment.client("ssm").put_parameter(
            Name=f"/orderflow/dev/dead-letters/{kind}", Value=json.dumps(places), Type="String"
        )
    for module in (redrive_command, replay_command):
        monkeypatch.setattr(module, "connect", lambda name: environment.cloud)
    monkeypatch.setattr("orderflow_cli.recovery.receipts.FOLDER", environment.folder)
    return environment


@pytest.fixture
def archive(published: "Environment") -> str:
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


def test_every_place_is_listed_with_its_letters(published: "Environment", capsys: pytest.CaptureFixture[str]) -> None:
    published.put("letter")

    assert ORDERFLOW.main(["redrive", "list", "--environment", "dev", "--json"]) == 0

    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["place"], one["letters"], one["at"]) for one in listed] == [
        ("queue/finance", 1, "dead"),
        ("bucket/relay", 0, "failures"),
    ]
    assert listed[0]["oldest"].endswith("Z")


def test_letters_are_shown_and_kept_when_they_are_inspected(
    published: "Environment", capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("customer's data")

    assert ORDERFLOW.main(["redrive", "inspect", "queue/finance", "--environment", "dev"]) == 0

    shown = capsys.readouterr().out
    assert "received_too_often" in shown
    assert "customer's data" not in shown
    assert len(published.messages("dead")) == 1


def test_letters_are_sent_and_a_receipt_is_named_when_it_runs(
    published: "Environment", capsys: pytest.CaptureFixture[str]
) -> None:
    published.put("letter")

    assert ORDERFLOW.main(["redrive", "run", "all", "--environment", "dev"]) == 0

    told = capsys.readouterr().out
    assert "queue/finance: 1 sent" in told
    assert str(published.folder) in told
    assert len(published.messages("finance")) == 1


@pytest.mark.parametrize("verb", ["run", "inspect"])
def test_nothing_is_read_when_no_place_shows_letters(
    published: "Environment", verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["redrive", verb, "all", "--environment", "dev"]) == 0

    assert capsys.readouterr().out == "no dead letters\n"


def test_exit_code_tells_when_something_stays(published: "Environment", capsys: pytest.CaptureFixture[str]) -> None:
    published.put("letter", redrive_count="3")

    assert ORDERFLOW.main(["redrive", "run", "dead", "--environment", "dev"]) == 1

    assert "redriven 3 times already; --force" in capsys.readouterr().out


def test_known_places_are_named_when_there_is_no_such_place(
    published: "Environment", capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["redrive", "run", "queue/finanse", "--environment", "dev"]) == 1

    assert "There are: queue/finance, bucket/relay." in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["redrive"],
        ["redrive", "run"],
        ["redrive", "run", "all", "--rate", "0"],
        ["redrive", "inspect", "all", "--limit", "none"],
        ["redrive", "list", "--environment", "moon"],
        ["replay", "--from", "2h", "--to", "1h"],
        ["replay", "--from", "then", "--to", "1h", "--rule", "intake"],
    ],
)
def test_usage_is_told_when_an_argument_is_wrong(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        ORDERFLOW.main(arguments)

    assert refused.value.code == 2
    assert "usage: orderflow re" in capsys.readouterr().err


def test_only_named_rules_are_asked_for_when_a_replay_starts(
    published: "Environment", archive: str, capsys: pytest.CaptureFixture[str]
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
        (["--environment", "dev", "--from", "2h", "--to", "0s", "--rule", "intake"], "10 minutes"),
    ],
)
def test_nothing_is_replayed_when_it_is_refused(
    published: "Environment", archive: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ORDERFLOW.main(["replay", *arguments]) == 1

    assert said in capsys.readouterr().err
    assert published.client("events").list_replays()["Replays"] == []


def test_nothing_is_started_when_it_is_a_dry_run(published: "Environment", archive: str) -> None:
    assert ORDERFLOW.main(["replay", *WINDOW, "--rule", "payment_request", "--force", "--dry-run"]) == 0

    assert published.client("events").list_replays()["Replays"] == []
