from pathlib import Path

import pytest

from orderflow_cli.commands import status
from orderflow_cli.commands.status import Status
from orderflow_cli.local_cloud.cloud import LocalCloud

UP = Status(
    running=True,
    healthy=True,
    endpoint="http://127.0.0.1:4566",
    pid=12,
    workers=3,
    up_seconds=185.2,
    simulators={"payment_provider": 13, "carrier": None},
    functions=9,
    storefront="http://127.0.0.1:4566/_aws/execute-api/abc/orders",
    log=".local/ministack/ministack.log",
)


def test_everything_is_told_when_it_runs() -> None:
    told = dict(status.lines(UP))

    assert told["local cloud"] == "process 12, 3 function workers, up 3 min 05 s"
    assert told["simulators"] == "payment provider process 13, carrier down"
    assert told["health"] == "answers"
    assert told["log"] == ".local/ministack/ministack.log"


def test_way_out_is_told_when_it_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERFLOW_PORT", raising=False)

    found = status.read(LocalCloud(tmp_path))

    assert not found.running
    assert not found.healthy
    assert status.lines(found)[0] == ("local cloud", "not running, `make up` starts it")
