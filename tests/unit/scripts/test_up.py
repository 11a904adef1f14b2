"""What an interrupted `up` or `demo` reports about processes that still run."""

from types import SimpleNamespace

import pytest

from orderflow_cli import UserError
from orderflow_cli.commands import demo, up
from orderflow_cli.local_cloud.detached import Process


@pytest.mark.parametrize(
    ("process", "simulators", "message"),
    [
        (None, {"payment_provider": None, "carrier": None}, "every process is stopped"),
        (None, {"payment_provider": 1, "carrier": None}, "payment provider is still running"),
        (Process(7, 4566, 0.0), {"payment_provider": 1, "carrier": 2}, "local cloud (process 7, port 4566), payment"),
    ],
)
def test_running_processes_are_reported(
    monkeypatch: pytest.MonkeyPatch, process: Process | None, simulators: dict[str, int | None], message: str
) -> None:
    cloud = SimpleNamespace(
        folder=None, process=lambda: process, simulators=SimpleNamespace(process_ids=lambda: simulators)
    )
    monkeypatch.setattr(up, "LocalCloud", lambda: cloud)
    monkeypatch.setattr(up, "Studio", lambda folder: SimpleNamespace(process=lambda: None))

    assert message in up.interruption_message()
    assert "to continue" in up.interruption_message()
    assert "to start over" in demo.interruption_message()


@pytest.mark.parametrize(("running", "message"), [(False, "The local cloud has stopped; see a.log."), (True, "reset")])
def test_stop_of_the_local_cloud_is_reported_during_the_demo(running: bool, message: str) -> None:
    cloud = SimpleNamespace(is_running=lambda: running, emulator=SimpleNamespace(log="a.log"))

    with pytest.raises((UserError, ConnectionResetError), match=message), demo.report_stopped_cloud(cloud):  # type: ignore[arg-type]
        raise ConnectionResetError("reset")
