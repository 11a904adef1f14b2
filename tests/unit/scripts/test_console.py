import sys
import time

import pytest

from orderflow_cli import console

DURATIONS = {
    **{0.04: "0.0 s", 9.94: "9.9 s", 12.4: "12 s", 99.4: "99 s", 185: "3 min 05 s", 3_599: "59 min 59 s"},
    **{7_559: "2 h 05 min", 86_400 * 3 + 3_600 * 4.9: "3 d 04 h"},
}
SIZES = {812: "812 B", 4100: "4.1 kB", 2_350_000: "2.35 MB"}


def test_durations_and_sizes_have_few_digits() -> None:
    assert {seconds: console.format_duration(seconds) for seconds in DURATIONS} == DURATIONS
    assert {count: console.format_size(count) for count in SIZES} == SIZES


def test_step_prints_a_start_and_an_end_line_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with console.step("applying") as progress:
        progress.detail = "3 of 4"

    first_line, last_line = capsys.readouterr().out.splitlines()
    assert (first_line, last_line.rpartition("  ")[0]) == ("  … applying", "  ✓ applying: 3 of 4")


def test_step_is_marked_when_it_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), console.step("applying"):
        raise ValueError("broken")

    assert capsys.readouterr().out.splitlines()[-1].startswith("  ✗ applying")


def test_running_step_fits_one_line_of_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.delenv("CI", raising=False)
    with console.step("waiting until every order is settled") as progress:
        progress.detail = "70 of 73 orders settled; 2 wait for their payment term"
        time.sleep(0.5)

    *running, last = capsys.readouterr().out.split("\r\033[K")
    assert len(running) > 1
    assert all(len(line) < 50 and "\n" not in line for line in running)
    assert last.startswith("  ✓ waiting until every order is settled: 70 of 73\n    orders settled;")
    assert last.count("payment term") == 1


def test_line_for_programs_is_not_wrapped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    line = '{"a": "line of more than twenty characters"}'
    console.say(line)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    console.emit(line)

    assert capsys.readouterr().out == f"{line}\n{line}\n"
