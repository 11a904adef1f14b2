"""The process of the studio page. Uses the standard library only, as `down` must work without other packages."""

import os
import sys
from pathlib import Path

from orderflow_cli import ROOT, console
from orderflow_cli.local_cloud.detached import BASE_ENVIRONMENT, HOST, Daemon, is_answering

PORT_OFFSET = 3
"""Offset of the page's port from the local cloud's port."""

START_SECONDS = 30.0


class Studio(Daemon):
    """The process that serves the studio page of a local cloud."""

    def __init__(self, cloud_folder: Path) -> None:
        super().__init__(cloud_folder / "studio", "studio")
        self._cloud_folder = cloud_folder

    def start(self, cloud_port: int) -> str:
        """Start the page unless it is running, and return its URL. Raises UserError if it does not answer."""
        port = cloud_port + PORT_OFFSET
        address = f"http://{HOST}:{port}/"
        if self.process() is None:
            with console.step(f"page on {HOST}:{port}"):
                options = ["--port", str(port), "--folder", str(self._cloud_folder)]
                command = [sys.executable, "-m", "orderflow_cli.studio.app", *options]
                environment = {
                    **BASE_ENVIRONMENT,
                    "HOME": str(self.folder),
                    "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), str(ROOT / "lambdas")]),
                    "ORDERFLOW_PORT": str(cloud_port),
                    "NO_PROXY": HOST,
                }
                self.spawn(command, port, environment, lambda: is_answering(port), START_SECONDS)
        return address
