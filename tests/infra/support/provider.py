"""One provider process that serves every `terraform validate` and `terraform test` of a worker.

Terraform starts the provider, a program of 700 MB, several times in each run block. A provider started for debugging
lets Terraform attach to it instead: https://developer.hashicorp.com/terraform/plugin/debugging. Nothing else uses it:
init still verifies the checksum of the very file that is started here, and plans and applies start their own.
"""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform

START_SECONDS = 60.0
STOP_SECONDS = 10.0
_ATTACH = re.compile(rf"{terraform.ATTACH}='(.+)'")


@contextmanager
def kept_running(log: Path) -> Iterator[dict[str, str]]:
    """The environment variable that makes Terraform use it. It writes to `log`, and ends with the block."""
    with log.open("wb") as output, subprocess.Popen([_program(), "-debug"], stdout=output, stderr=output) as process:
        try:
            yield {terraform.ATTACH: _address(process, log)}
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """By an interrupt it takes its socket away."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if found := _ATTACH.search(log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the provider does not say where it listens: {log.read_text()}")


def _program() -> Path:
    folder = ROOT / "terraform" / "modules" / "queue"
    terraform.init(folder, backend=False)
    return next((folder / ".terraform" / "providers").rglob("terraform-provider-aws*", recurse_symlinks=True))
