"""Starts, configures and stops the payment provider and the carrier of a local cloud."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT, UserError, console
from orderflow_cli.local_cloud.detached import BASE_ENVIRONMENT, HOST, Daemon, is_answering

API_KEY = "local-only-api-key"  # not a secret; it only shows that the connection sends a key
START_SECONDS = 15.0


@dataclass(frozen=True)
class Simulator:
    """One simulator, on the local cloud's port plus `port_offset`; it sends callbacks to `callback_path`."""

    name: str
    port_offset: int
    callback_path: str


PAYMENT_PROVIDER = Simulator("payment_provider", 1, "/webhooks/payment-provider")
CARRIER = Simulator("carrier", 2, "/webhooks/carrier")
SIMULATORS = (PAYMENT_PROVIDER, CARRIER)


class Simulators:
    """The simulators of one local cloud, with data in `folder`, on the ports after `port`."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port

    def endpoint(self, simulator: Simulator) -> str:
        return f"http://{HOST}:{self._port + simulator.port_offset}"

    def terraform_variables(self) -> dict[str, str]:
        """Return the simulators' URLs and API key for Terraform. EventBridge requires https; the emulator uses HTTP."""
        urls = {one.name: self.endpoint(one).replace("http:", "https:") for one in SIMULATORS}
        return {f"TF_VAR_{name}": json.dumps({"endpoint": url, "api_key": API_KEY}) for name, url in urls.items()}

    def start(self) -> None:
        """Start the simulators that are not running."""
        for simulator in SIMULATORS:
            daemon = self._daemon(simulator)
            if daemon.process() is None:
                with console.step(f"{simulator.name.replace('_', ' ')} on {HOST}:{self._port + simulator.port_offset}"):
                    self._spawn(simulator, daemon)

    def configure(self, webhooks_url: str, secrets: dict[str, str]) -> None:
        """Set each simulator's callback URL and secret; `secrets` maps simulator names to secrets."""
        for simulator in SIMULATORS:
            body = {"callback_url": webhooks_url + simulator.callback_path, "secret": secrets[simulator.name]}
            self.call(simulator, "PUT", "/configuration", body)

    def process_ids(self) -> dict[str, int | None]:
        """Return process ids by simulator name; None for a simulator that is not running."""
        processes = {simulator.name: self._daemon(simulator).process() for simulator in SIMULATORS}
        return {name: process.pid if process else None for name, process in processes.items()}

    def stop(self) -> bool:
        """Stop all simulators; return whether any was running."""
        were_running = [self.stop_simulator(simulator) for simulator in SIMULATORS]
        return any(were_running)

    def stop_simulator(self, simulator: Simulator) -> bool:
        return self._daemon(simulator).stop()

    def book(self, simulator: Simulator) -> dict[str, Any]:
        """Return the simulator's entries, the state of its callbacks and, for the payment provider, counts of calls."""
        return self.call(simulator, "GET", "/book")

    def entries(self, simulator: Simulator, order_id: str) -> Iterator[dict[str, Any]]:
        """Yield a simulator's entries about an order from its file; the simulator need not be running."""
        file = self._daemon(simulator).folder / "book.jsonl"
        with file.open() if file.exists() else nullcontext(()) as lines:
            candidates = (json.loads(line) for line in lines if order_id in line)
            yield from (entry for entry in candidates if entry.get("order_id") == order_id)

    def call(self, simulator: Simulator, method: str, path: str, body: Any = None) -> dict[str, Any]:
        name = simulator.name.replace("_", " ")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint(simulator) + path, data, method=method)  # noqa: S310  # loopback
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            raise UserError(f"The {name} rejected {method} {path}: {error.read().decode()}") from error
        except (urllib.error.URLError, OSError) as error:
            raise UserError(f"The {name} does not answer ({error}); run `make down up`.") from error

    def _daemon(self, simulator: Simulator) -> Daemon:
        return Daemon(self._folder / simulator.name, simulator.name)

    def _spawn(self, simulator: Simulator, daemon: Daemon) -> None:
        port = self._port + simulator.port_offset
        book = daemon.folder / "book.jsonl"
        arguments = ["--port", str(port), "--book", str(book), "--api-key", API_KEY]
        command = [sys.executable, "-m", f"simulators.{simulator.name}", *arguments]
        environment = {**BASE_ENVIRONMENT, "PYTHONPATH": str(ROOT / "scripts"), "NO_PROXY": HOST}
        daemon.spawn(command, port, environment, lambda: is_answering(port, "/health"), START_SECONDS)
