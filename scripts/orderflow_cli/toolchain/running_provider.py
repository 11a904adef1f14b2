"""A provider process that serves several Terraform commands one after the other.

Terraform starts the provider, a program of 700 MB, several times in each run block. A provider started for debugging
lets Terraform attach to it instead: https://developer.hashicorp.com/terraform/plugin/debugging. It serves what is
mocked, and plans that talk to nobody; init still verifies the checksum of the very file that is started here, and
whatever is applied starts its own.
"""

import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform

START_SECONDS = 60.0
STOP_SECONDS = 10.0
_ATTACH = re.compile(rf"{terraform.ATTACH}='(.+)'")


@contextmanager
def kept_running(log: Path, env: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """The environment variable that makes Terraform use it. It writes to `log`, and ends with the block; credentials
    and endpoints are those of `env`, not those of the commands."""
    command = [str(_program()), "-debug"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=env) as process:
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
