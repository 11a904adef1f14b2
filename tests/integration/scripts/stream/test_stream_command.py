"""The output of `orderflow stream`: errors, planned steps and completed steps."""

from collections.abc import Callable

import pytest

from orderflow_cli.__main__ import ORDERFLOW
from orderflow_cli.commands import stream
from orderflow_cli.recovery.stream import toggle
from tests.integration.scripts.stream.conftest import BOTH, Account

type Orderflow = Callable[..., int]
type Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def orderflow(account: Account, monkeypatch: pytest.MonkeyPatch) -> Orderflow:
    """A function that runs the command on the account, with the account's clock."""
    toggle_class = toggle.Toggle

    def with_clock(cloud: object, wanted: str | None, *arguments: object) -> toggle.Toggle:
        return toggle_class(account.cloud, wanted, *arguments, sleep=account.tick, now=lambda: account.now)  # type: ignore[arg-type]

    monkeypatch.setattr(stream, "connect", lambda *_: account.cloud)
    monkeypatch.setattr(stream, "Toggle", with_clock)
    options: dict[str, list[str]] = {"show": []}
    return lambda verb, *arguments: ORDERFLOW.main(
        ["stream", verb, *arguments, *options.get(verb, ["--write"]), "--environment", "dev"]
    )


@pytest.mark.parametrize(("other_readers", "is_warned"), [(0, False), (1, False), (2, True)])
def test_show_lists_readers_and_warns_of_too_many(
    orderflow: Orderflow, account: Account, capsys: Capsys, other_readers: int, is_warned: bool
) -> None:
    for number in range(other_readers):
        account.lambda_.add(f"another-team-{number}", account.relay().arn)

    assert orderflow("show") == 0

    output = capsys.readouterr()
    expected = ["the stream has view type NEW_AND_OLD_IMAGES", "orderflow-dev-recorder", "orderflow-dev-relay"]
    assert [one for one in expected if one not in output.out] == []
    assert ("a shard supports 2:" in output.err) is is_warned


def test_dry_run_lists_steps(orderflow: Orderflow, account: Account, capsys: Capsys) -> None:
    assert orderflow("disable", "--hold-orders", "--dry-run") == 0

    assert [line[:2] for line in capsys.readouterr().out.splitlines()] == ["1.", "2.", "3.", "dr"]
    assert account.points == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["disable"], "Allow this with --hold-orders"),
        (["change", "--view-type", "KEYS_ONLY"], "Allow this with --hold-orders"),
        (["enable", "--view-type", "KEYS_ONLY", "--hold-orders"], "use `change` to replace it"),
        (["change", "--apply"], "--apply is for the local cloud"),
    ],
)
def test_rejected_command_changes_nothing(
    orderflow: Orderflow, account: Account, capsys: Capsys, arguments: list[str], message: str
) -> None:
    assert orderflow(*arguments) == 1

    assert message in capsys.readouterr().err
    assert account.points == []


def test_stream_is_replaced_by_an_apply(orderflow: Orderflow, account: Account, capsys: Capsys) -> None:
    assert orderflow("disable", "--hold-orders", "--quiet-for", "4") == 0
    account.elsewhere = lambda account: account.apply() if account.view_type() == BOTH else None

    assert orderflow("enable", "--quiet-for", "4") == 0

    output = capsys.readouterr().out
    assert "orders wait in the intake queue until `orderflow stream enable`" in output
    assert "now apply terraform/environments/dev; this command waits for the apply" in output
    assert "A plan of terraform/environments/dev shows no changes" in output
    assert account.recorder().state == "Enabled"
    account.elsewhere = lambda account: None
    assert account.has_lost_nothing()


def test_recorder_resumes_when_the_change_is_abandoned(orderflow: Orderflow, account: Account) -> None:
    account.toggle(None).take(next(iter(account.toggle(None).steps())))

    assert orderflow("resume") == 0

    assert account.recorder().state == "Enabled"
    assert orderflow("resume") == 0


def test_recorder_stays_paused_without_a_stream(orderflow: Orderflow, account: Account, capsys: Capsys) -> None:
    account.run(None)

    assert orderflow("resume") == 1

    assert "are not published" in capsys.readouterr().err
    assert account.recorder().state == "Disabled"
