import sys
import time

import pytest

from orderflow_cli import console


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (12.4, "12 s"), (99.4, "99 s"), (185, "3 min 05 s")]
)
def test_duration_is_short_when_it_is_told(seconds: float, text: str) -> None:
    assert console.duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(812, "812 B"), (4100, "4.1 kB"), (2_350_000, "2.35 MB")])
def test_size_is_in_decimal_units_when_it_is_told(count: int, text: str) -> None:
    assert console.size(count) == text


def test_step_is_one_line_at_its_start_and_one_at_its_end_when_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with console.step("applying") as progress:
        progress.detail = "3 of 4"

    assert capsys.readouterr().out.splitlines() == ["  … applying", "  ✓ applying: 3 of 4  0.0 s"]


def test_step_is_marked_when_it_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), console.step("applying"):
        raise ValueError("broken")

    assert capsys.readouterr().out.splitlines()[-1].startswith("  ✗ applying")


def test_step_says_that_it_still_runs_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "HEARTBEAT_SECONDS", 0.01)

    with console.step("applying") as progress:
        progress.detail = "2 of 9"
        time.sleep(0.2)

    assert "  … applying: 2 of 9 (0." in capsys.readouterr().out


def test_line_is_rewritten_when_there_is_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)

    with console.step("applying"):
        time.sleep(0.3)

    shown = capsys.readouterr().out
    assert "\r\033[K  applying" in shown
    assert shown.count("\n") == 1


def test_rows_are_shown_when_a_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    console.table("Zips", ("function", "size"), [("recorder", "2.4 MB")], right=(1,))

    shown = capsys.readouterr().out
    assert "Zips" in shown
    assert "recorder" in shown
    assert "2.4 MB" in shown
