"""The emulator process: its environment, start and readiness.

Standard library only: `down` must work without the project's packages."""

import fcntl
import os
import shutil
from pathlib import Path

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.local_cloud.detached import BASE_ENVIRONMENT, HOST, Daemon, Process, is_answering
from orderflow_cli.toolchain import venvs

REGION = "eu-west-1"
PROGRAM = "orderflow_cli.local_cloud.ministack"
START_SECONDS = 60.0
_REQUIRED_MEGABYTES = 300
_MAX_RECORDED_CALLS = 2_000_000


class Emulator(Daemon):
    """One MiniStack process with its own folder for state, temporary files, home and log."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "ministack")
        self.program = PROGRAM
        self.state = folder / "state"
        self._port_file = self.state / "orderflow-port"

    def state_port(self) -> int | None:
        """Return the port on which the state was created; None if there is no state yet."""
        return int(self._port_file.read_text()) if self._port_file.exists() else None

    def configuration_token(self) -> str:
        """Return a token that changes with every call that may have changed a resource that Terraform manages."""
        return (self.state / "configuration").read_text()

    def saved_at(self) -> float | None:
        """Return the Unix time at which the state was last saved; None if it never was."""
        file = self.state / "state.json"
        return file.stat().st_mtime if file.exists() else None

    def check_port(self, port: int) -> None:
        """Raise UserError if the running emulator or the saved state uses another port."""
        process, saved_port = self.process(), self.state_port()
        if process is not None and process.port != port:
            raise UserError(f"The local cloud is already running on port {process.port}. Stop it with `make down`.")
        if saved_port not in (None, port):
            raise UserError(
                f"The state of this local cloud was created on port {saved_port}, and its queue URLs contain "
                f"that port. Keep that port (ORDERFLOW_PORT={saved_port} or unset), or remove ministack and simulators "
                f"in {self.folder.parent} to start over on port {port}."
            )

    def start(self, port: int) -> Process:
        """Start the emulator unless it is running. Raises UserError if it is not ready within START_SECONDS."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "starting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.check_port(port)
            if (running_process := self.process()) is not None:
                return running_process
            venvs.require_space(self.folder, _REQUIRED_MEGABYTES)
            python = venvs.ensure("ministack")
            with console.step(f"local cloud on {HOST}:{port}"):
                environment = self.environment(python, port)
                shutil.rmtree(environment["TMPDIR"], ignore_errors=True)
                for name in ("HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
                    Path(environment[name]).mkdir(parents=True, exist_ok=True)
                self._port_file.write_text(str(port))
                command = [str(python), "-P", "-m", self.program]
                return self.spawn(command, port, environment, lambda: is_healthy(port), START_SECONDS)

    def stop(self) -> bool:
        was_running = super().stop()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        return was_running

    def environment(self, python: Path, port: int) -> dict[str, str]:
        """Return the emulator's environment variables: none from the user's shell, because functions inherit them."""
        return {
            **BASE_ENVIRONMENT,
            "PATH": os.pathsep.join([str(python.parent), os.defpath]),
            "PYTHONPATH": str(ROOT / "scripts"),
            **{"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")},
            **{"BIND_HOST": HOST, "GATEWAY_PORT": str(port), "MINISTACK_REGION": REGION},
            **{"AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "PERSIST_STATE": "1"},
            **{"STATE_DIR": str(self.state), "S3_PERSIST": "1", "S3_DATA_DIR": str(self.folder / "s3")},
            **{"CLOUDTRAIL_RECORDING": "1", "CLOUDTRAIL_MAX_EVENTS": str(_MAX_RECORDED_CALLS)},
        }


def is_healthy(port: int) -> bool:
    """Return whether the emulator answers and has loaded its state."""
    return is_answering(port, "/_ministack/ready")
