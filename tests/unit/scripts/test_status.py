"""What `orderflow status` reports about the processes on this machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from orderflow_cli.commands import status
from orderflow_cli.commands.status import LocalProcesses
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.detached import Process

PROCESSES = LocalProcesses(
    endpoint="http://127.0.0.1:4566",
    pid=12,
    healthy=True,
    workers=1,
    up_seconds=185.2,
    simulators={"payment_provider": 13, "carrier": 14},
    storefront="http://127.0.0.1:4566/_aws/execute-api/abc/orders",
    log=".local/ministack/ministack.log",
    page="http://127.0.0.1:4569/",
)


def test_status_has_no_problems_when_everything_runs() -> None:
    lines = dict(status.format_processes(PROCESSES))

    assert lines["local cloud"] == "http://127.0.0.1:4566, process 12, 1 function worker, up 3 min 05 s"
    assert lines["simulators"] == "payment provider process 13, carrier process 14"
    assert lines["page"] == "http://127.0.0.1:4569/"
    assert list(PROCESSES.problems()) == []


@pytest.mark.parametrize(
    ("processes", "problem"),
    [
        (replace(PROCESSES, pid=None, healthy=False), "the local cloud is not running; `make up` starts it"),
        (replace(PROCESSES, healthy=False), "the local cloud does not answer; see .local/ministack/ministack.log"),
        (replace(PROCESSES, storefront=None), "nothing is applied yet; run `make up`"),
        (
            replace(PROCESSES, simulators={"payment_provider": None, "carrier": 14}),
            "the payment provider is not running; `make up` starts it",
        ),
    ],
)
def test_problem_is_reported_with_its_fix(processes: LocalProcesses, problem: str) -> None:
    assert list(processes.problems()) == [problem]


def test_status_in_an_empty_folder_has_no_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERFLOW_PORT", raising=False)

    processes = status.read(LocalCloud(tmp_path))

    assert (processes.pid, processes.healthy, processes.storefront) == (None, False, None)
    assert status.format_processes(processes)[0] == ("local cloud", "is not running")


def test_error_names_the_port_in_use_when_another_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERFLOW_PORT", "4999")
    monkeypatch.setattr("orderflow_cli.local_cloud.emulator.Emulator.process", lambda _: Process(1, 4566, 0.0))
    monkeypatch.setattr(status, "is_healthy", lambda port: port == 4566)

    state = status.read(LocalCloud(tmp_path))

    assert (state.endpoint, state.healthy) == ("http://127.0.0.1:4566", True)
    assert next(state.problems()) == "the local cloud runs at http://127.0.0.1:4566, not on the configured port 4999"
