"""The emulator process: its environment, start and readiness.

Standard library only: `down` must work without the project's packages."""

import fcntl
import os
import shutil
from pathlib import Path

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.local_cloud.detached import BARE, HOST, Detached, Process, answers
from orderflow_cli.toolchain import venvs

REGION = "eu-west-1"
PROGRAM = "orderflow_cli.local_cloud.ministack"
START_SECONDS = 60.0
_MEGABYTES = 300
_MAX_RECORDED_CALLS = 2_000_000


class Emulator(Detached):
    """One MiniStack process with its own folder for state, temporary files, home and log."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "ministack")
        self.program = PROGRAM
        self.state = folder / "state"
        self._made_on = self.state / "orderflow-port"

    def state_port(self) -> int | None:
        """Return the port that its state was created on; None if there is no state yet."""
        return int(self._made_on.read_text()) if self._made_on.exists() else None

    def configuration(self) -> str:
        """Return a token that changes with every call that may have changed what Terraform manages."""
        return (self.state / "configuration").read_text()

    def saved_at(self) -> float | None:
        """Return when it last saved its state, in seconds since 1970; None if never."""
        file = self.state / "state.json"
        return file.stat().st_mtime if file.exists() else None

    def require(self, port: int) -> None:
        """Raise UserError if it runs, or its state was created, on another port."""
        running, made_on = self.process(), self.state_port()
        if running is not None and running.port != port:
            raise UserError(f"The local cloud already runs on port {running.port}; `make down` stops it first.")
        if made_on not in (None, port):
            raise UserError(
                f"The state of this local cloud was created on port {made_on}, and its queue URLs contain "
                f"that port: keep using it (ORDERFLOW_PORT={made_on} or none), or remove {self.folder.parent} to "
                f"start over on port {port}."
            )

    def start(self, port: int) -> Process:
        """Start it, or return the running process. Raises UserError if it is not ready within START_SECONDS."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "starting.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self.require(port)
            if (running := self.process()) is not None:
                return running
            venvs.require_space(self.folder, _MEGABYTES)
            python = venvs.ensure("ministack")
            with console.step(f"local cloud on {HOST}:{port}"):
                environment = self.environment(python, port)
                shutil.rmtree(environment["TMPDIR"], ignore_errors=True)
                for name in ("HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
                    Path(environment[name]).mkdir(parents=True, exist_ok=True)
                self._made_on.write_text(str(port))
                command = [str(python), "-P", "-m", self.program]
                return self.spawn(command, port, environment, lambda: healthy(port), START_SECONDS)

    def stop(self) -> bool:
        stopped = super().stop()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        return stopped

    def environment(self, python: Path, port: int) -> dict[str, str]:
        """Return the emulator's whole environment. Functions inherit it, so nothing of the user's shell is in it."""
        return {
            **BARE,
            "PATH": os.pathsep.join([str(python.parent), os.defpath]),
            "PYTHONPATH": str(ROOT / "scripts"),
            **{"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")},
            **{"BIND_HOST": HOST, "GATEWAY_PORT": str(port), "MINISTACK_REGION": REGION},
            **{"AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "PERSIST_STATE": "1"},
            **{"STATE_DIR": str(self.state), "S3_PERSIST": "1", "S3_DATA_DIR": str(self.folder / "s3")},
            **{"CLOUDTRAIL_RECORDING": "1", "CLOUDTRAIL_MAX_EVENTS": str(_MAX_RECORDED_CALLS)},
        }


def healthy(port: int) -> bool:
    """Return whether the emulator answers and has loaded its state."""
    return answers(port, "/_ministack/ready")
