"""The output of `orderflow stream`: errors, planned steps and completed steps."""

from collections.abc import Callable

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.commands import stream
from orderflow_cli.recovery.stream import change
from tests.integration.scripts.stream.conftest import BOTH_IMAGES, Account

type RunStream = Callable[..., int]
type Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def run_stream(account: Account, monkeypatch: pytest.MonkeyPatch) -> RunStream:
    """A function that runs `orderflow stream` against the simulated account and its simulated clock."""

    def create_change(cloud: object, view_type: str | None, *arguments: object) -> change.StreamChange:
        return change.StreamChange(account.cloud, view_type, *arguments, sleep=account.tick, now=lambda: account.now)  # type: ignore[arg-type]

    monkeypatch.setattr(stream, "connect", lambda *_: account.cloud)
    monkeypatch.setattr(stream, "StreamChange", create_change)
    options: dict[str, list[str]] = {"show": []}
    return lambda verb, *arguments: ORDERFLOW.main(
        ["stream", verb, *arguments, *options.get(verb, ["--write"]), "--environment", "dev"]
    )


@pytest.mark.parametrize(("other_reader_count", "has_warning"), [(0, False), (1, False), (2, True)])
def test_show_lists_readers_and_warns_of_too_many(
    run_stream: RunStream, account: Account, capsys: Capsys, other_reader_count: int, has_warning: bool
) -> None:
    for number in range(other_reader_count):
        account.lambda_.add(f"another-team-{number}", account.relay().arn)

    assert run_stream("show") == 0

    output = capsys.readouterr()
    expected_texts = ["the stream has view type NEW_AND_OLD_IMAGES", "orderflow-dev-recorder", "orderflow-dev-relay"]
    assert [text for text in expected_texts if text not in output.out] == []
    assert ("a shard supports 2:" in output.err) is has_warning


def test_dry_run_lists_steps(run_stream: RunStream, account: Account, capsys: Capsys) -> None:
    assert run_stream("disable", "--hold-orders", "--dry-run") == 0

    assert [line[:2] for line in capsys.readouterr().out.splitlines()] == ["1.", "2.", "3.", "dr"]
    assert account.checkpoints == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["disable"], "Allow this with --hold-orders"),
        (["change", "--view-type", "KEYS_ONLY"], "Allow this with --hold-orders"),
        (["enable", "--view-type", "KEYS_ONLY", "--hold-orders"], "run `orderflow stream change` to replace it"),
        (["change", "--apply"], "--apply is for the local cloud"),
    ],
)
def test_rejected_command_changes_nothing(
    run_stream: RunStream, account: Account, capsys: Capsys, arguments: list[str], message: str
) -> None:
    assert run_stream(*arguments) == 1

    assert message in capsys.readouterr().err
    assert account.checkpoints == []


def test_enable_waits_for_an_apply(run_stream: RunStream, account: Account, capsys: Capsys) -> None:
    assert run_stream("disable", "--hold-orders", "--quiet-for", "4") == 0
    account.on_tick = lambda account: account.apply() if account.view_type() == BOTH_IMAGES else None

    assert run_stream("enable", "--quiet-for", "4") == 0

    output = capsys.readouterr().out
    assert "orders wait in the intake queue until `orderflow stream enable`" in output
    assert "now apply terraform/environments/dev; this command waits for the apply" in output
    assert "A plan of terraform/environments/dev shows no changes" in output
    assert account.recorder().state == "Enabled"
    account.on_tick = lambda account: None
    assert account.has_lost_nothing()


def test_recorder_resumes_when_the_change_is_abandoned(run_stream: RunStream, account: Account) -> None:
    account.change(None).perform(next(iter(account.change(None).steps())))

    assert run_stream("resume") == 0

    assert account.recorder().state == "Enabled"
    assert run_stream("resume") == 0


def test_recorder_stays_paused_without_a_stream(run_stream: RunStream, account: Account, capsys: Capsys) -> None:
    account.run(None)

    assert run_stream("resume") == 1

    assert "are not published" in capsys.readouterr().err
    assert account.recorder().state == "Disabled"
