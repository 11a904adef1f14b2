"""Starts and stops LocalEmu, the emulator for deliveries that the local cloud does not make (docs/adr/0010).

An access key of twelve digits selects the account of a call."""

import contextlib
import json
import os
import shutil
import signal
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from orderflow_cli import ROOT
from orderflow_cli.local_cloud.detached import HOST, Daemon, is_answering
from orderflow_cli.toolchain import venvs
from orderflow_cli.toolchain.processes import wait

REGION = "eu-west-1"
START_SECONDS = 90.0
_CONNECTIONS = "orderflow_cli.local_cloud.ministack.connections"
_CODE = f"import {_CONNECTIONS} as c; c.apply_corrections(); import localemu.runtime.main as m; m.main()"


class LocalEmu(Daemon):
    """A LocalEmu process with its own folder for temporary files, home and log. It loses its state when it stops."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, "localemu")
        self.port = port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Create the venv if it is missing, stop a leftover process, start a new one and wait until it answers."""
        python = venvs.ensure("localemu")
        self.stop()
        shutil.rmtree(self.folder / "files", ignore_errors=True)
        environment = {
            "PATH": os.pathsep.join([str(python.parent), os.defpath]),
            **{"LANG": "C.UTF-8", "PYTHONPATH": str(ROOT / "scripts")},
            # The default server listens on every interface.
            "GATEWAY_SERVER": "hypercorn",
            **dict.fromkeys(("GATEWAY_LISTEN", "LOCALEMU_HOST"), f"{HOST}:{self.port}"),
            **dict.fromkeys(("SKIP_SSL_CERT_DOWNLOAD", "DISABLE_EVENTS"), "1"),
        }
        for name, folder in {"HOME": "home", "TMPDIR": "tmp", "FILESYSTEM_ROOT": "root"}.items():
            environment[name] = str(self.folder / "files" / folder)
            Path(environment[name]).mkdir(parents=True)
        command = [str(python), "-c", _CODE]
        self.spawn(command, self.port, environment, lambda: is_answering(self.port, "/_localemu/health"), START_SECONDS)

    def stop(self) -> bool:
        """Kill the process: a graceful stop takes a minute, and there is nothing to save."""
        process = self.process()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            wait(lambda: self.process() is None, START_SECONDS, process.pid)
        super().stop()
        return process is not None

    def variables(self) -> dict[str, str]:
        """Return the environment for a child process that calls LocalEmu, without the user's AWS settings."""
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS"))
        }
        return {
            **inherited,
            **{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": self.url},
            **{"AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"},
            **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), f"{HOST},localhost"),
        }

    def client(self, service: str, account: str = "test", region: str = REGION) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
        )

    def outbox(self, kind: str) -> Any:
        """Return what SNS would send to carriers ("sms-messages") or push services ("platform-endpoint-messages")."""
        with urllib.request.urlopen(f"{self.url}/_aws/sns/{kind}?region={REGION}", timeout=10) as response:  # noqa: S310
            return json.load(response)
