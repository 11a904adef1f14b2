"""What a tier's result says, from what pytest leaves behind; the tiers here are made-up folders of tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dev import tiers
from dev.commands import test as command
from dev.evidence.rows import Row, Verdict
from dev.tiers import Result, Tier

TESTS = """
import pytest
def test_one(): pass
def test_two(): pass
def test_three(): assert 1 == 2
@pytest.mark.skip(reason="needs a moon")
def test_four(): pass
@pytest.fixture
def broken(): raise OSError("no disk")
def test_five(broken): pass
"""


@pytest.fixture
def tier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tier:
    """A tier whose folder is there and empty."""
    monkeypatch.setattr(tiers, "ROOT", tmp_path)
    monkeypatch.setattr(tiers, "REPORTS", tmp_path / "reports")
    made = Tier("made_up", "made up")
    made.folder.mkdir(parents=True)
    return made


def test_counts_and_reasons_are_read_when_a_tier_has_run(tier: Tier) -> None:
    (tier.folder / "test_some.py").write_text(TESTS)

    result = tiers.run(tier)

    assert (result.passed, result.failed) == (2, 2)
    assert result.skips == [("tests.made_up.test_some.test_four", "needs a moon")]
    assert result.seconds > 0


def test_tier_fails_when_its_folder_has_no_test(tier: Tier) -> None:
    result = tiers.run(tier)

    assert result.failed == 1
    assert result.remark == "the folder has no test"


def test_tier_fails_when_a_file_cannot_be_read(tier: Tier) -> None:
    (tier.folder / "test_good.py").write_text("def test_good(): pass\n")
    (tier.folder / "test_broken.py").write_text("import nothing_like_this\n")

    assert tiers.run(tier).failed > 0


def test_tier_fails_when_pytest_cannot_start(tier: Tier) -> None:
    (tier.folder / "conftest.py").write_text("raise SystemError('broken')\n")

    assert tiers.run(tier).failed == 1


def test_only_some_run_when_pytest_is_told_so(tier: Tier) -> None:
    (tier.folder / "test_some.py").write_text(TESTS)

    result = tiers.run(tier, ["-k", "test_one"])

    assert (result.passed, result.failed, result.skips) == (1, 0, [])


def test_users_account_is_out_of_reach_when_tests_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")

    environment = tiers.environment()

    assert "AWS_PROFILE" not in environment
    assert "AWS_ACCESS_KEY_ID" not in environment


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (1, 1)])
def test_summary_ends_with_the_counts_when_all_tiers_ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failed: int, code: int
) -> None:
    outcome = {
        "unit": Result("unit", passed=7, failed=failed),
        "e2e": Result("e2e", passed=2, skips=[("t", "no moon")]),
    }
    monkeypatch.setattr(command, "_group", lambda name: Result(name, passed=1))
    pretend(monkeypatch, lambda name, _: outcome.get(name, Result(name, remark="not written yet")))
    monkeypatch.setattr(command, "_coverage", lambda: Result("coverage", passed=4))

    ended = run()

    shown = capsys.readouterr().out
    assert ended == code
    assert "  skipped in e2e: t: no moon" in shown
    assert shown.splitlines()[-1] == f"16 passed, {failed} failed, 1 skipped"


def test_later_tiers_are_left_out_when_told_to_stop_at_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def tier(name: str, _: object) -> Result:
        ran.append(name)
        return Result(name, failed=int(name == "integration"))

    monkeypatch.setattr(command, "_group", Result)
    pretend(monkeypatch, tier)

    run("--stop")

    assert ran == ["unit", "integration"]


@pytest.mark.parametrize(
    ("arguments", "rest", "code"),
    [
        pytest.param([], [], 1, id="everything"),
        pytest.param(["unit", "e2e"], [], 0, id="some tiers"),
        pytest.param([], ["-k", "one"], 0, id="some tests"),
    ],
)
def test_what_is_not_proven_fails_the_run_only_when_everything_ran(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], rest: list[str], code: int
) -> None:
    row = Row("target/lambda", "Targets", "Lambda", "delivered", "the policy")
    monkeypatch.setattr(command, "_group", Result)
    pretend(monkeypatch, lambda name, _: Result(name))
    monkeypatch.setattr(command.coverage, "last", lambda: [Verdict(row, None)])

    assert run(*arguments, rest=rest) == code


def test_tier_that_waits_runs_beside_the_others_when_several_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tiers, "ROOT", tmp_path)
    monkeypatch.setattr(tiers, "REPORTS", tmp_path / "reports")
    made = (Tier("unit", "busy"), Tier("e2e", "waits", beside=True))
    monkeypatch.setattr(tiers, "TIERS", made)
    for tier, own, other in ((made[0], "unit", "e2e"), (made[1], "e2e", "unit")):
        tier.folder.mkdir(parents=True)
        (tier.folder / f"test_{own}.py").write_text(MEETING.format(folder=str(tmp_path), own=own, other=other))

    ended = run("unit", "e2e")

    assert ended == 0
    assert "2 passed, 0 failed" in capsys.readouterr().out
    assert "1 passed" in made[1].output.read_text()


MEETING = """
import pathlib, time
def test_meets_the_other():
    folder = pathlib.Path({folder!r})
    (folder / {own!r}).touch()
    deadline = time.monotonic() + 60
    while not (folder / {other!r}).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
"""


def pretend(monkeypatch: pytest.MonkeyPatch, tier: Callable[[str, object], Result]) -> None:
    """Tiers end at once with what `tier` says."""
    monkeypatch.setattr(command, "_tier", tier)
    monkeypatch.setattr(command, "_beside", lambda made, arguments: tier(made.name, arguments))
    monkeypatch.setattr(command, "_awaited", lambda _, running: running.result())


def run(*arguments: str, rest: list[str] | None = None) -> int:
    import argparse

    parser = argparse.ArgumentParser()
    command.configure(parser)
    args = parser.parse_args(arguments)
    args.rest = rest or []
    return command.run(args)
