"""The local cloud: the emulator, the applied Terraform configuration and clients."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from orderflow_cli import LOCAL_FOLDER, ROOT, UserError, console
from orderflow_cli.build import package
from orderflow_cli.local_cloud import apply as local_cloud_apply
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.detached import HOST, Process, require_free_port
from orderflow_cli.local_cloud.emulator import REGION, Emulator, is_healthy
from orderflow_cli.local_cloud.simulators import Simulators

DEFAULT_PORT = 4566
LOCAL_ROOT = ROOT / "terraform" / "environments" / "local"
# The emulator's default key, which IAM enforcement exempts.
ADMINISTRATOR_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
ACCOUNT_ID = "000000000000"
MAX_LISTED_CHANGES = 20


class LocalCloud:
    """One local cloud. The default one is in .local/; use another folder and port for a separate one."""

    def __init__(self, folder: Path = LOCAL_FOLDER, port: int | None = None, root: Path = LOCAL_ROOT) -> None:
        self.folder = folder
        self.root = root
        self.emulator = Emulator(folder / "ministack")
        self._port = port
        self._record = folder / "applied.json"
        self._clients: dict[str, Any] = {}
        self._queue_urls: dict[str, str] = {}

    @property
    def port(self) -> int:
        """The given port, or else ORDERFLOW_PORT, the running emulator's port, that of the saved state, or 4566."""
        chosen_port = self._port or _port_from_environment()
        if chosen_port is not None:
            return chosen_port
        process = self.process()
        return process.port if process else self.emulator.state_port() or DEFAULT_PORT

    @property
    def simulators(self) -> Simulators:
        """The simulators of the payment provider and the carrier."""
        return Simulators(self.folder / "simulators", self.port)

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def http_api_url(self, api_id: str) -> str:
        """Return the base URL of an HTTP API on the emulator, without a trailing slash."""
        return f"{self.endpoint}/_aws/execute-api/{api_id}"

    def process(self) -> Process | None:
        return self.emulator.process()

    def is_running(self) -> bool:
        """Return whether the emulator's process is alive and answers."""
        process = self.process()
        return process is not None and is_healthy(process.port)

    def env(self) -> dict[str, str]:
        """Return the variables of child processes that use the local cloud, without the user's AWS settings."""
        user_env = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        no_proxy = ",".join(filter(None, [user_env.get("NO_PROXY") or user_env.get("no_proxy"), HOST, "localhost"]))
        variables = {**self.cloud_variables(), **self.simulators.terraform_variables()}
        return {**user_env, **variables, "NO_PROXY": no_proxy, "no_proxy": no_proxy}

    def cloud_variables(self) -> dict[str, str]:
        variables = {
            **ADMINISTRATOR_CREDENTIALS,
            **{"AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true"},
            **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), REGION),
            **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
        }
        if self.folder != LOCAL_FOLDER:
            # The root module's own state file belongs to the default local cloud.
            state = f"-state={self.folder / 'terraform.tfstate'}"
            variables |= {f"TF_CLI_ARGS_{name}": state for name in ("plan", "apply", "destroy", "output", "refresh")}
        return variables

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client with administrator credentials; without `options` it is cached per service."""
        if options or service not in self._clients:
            keys = {name.lower(): value for name, value in ADMINISTRATOR_CREDENTIALS.items()}
            arguments = {"endpoint_url": self.endpoint, "region_name": REGION, **keys, **options}
            client = make_client(service, read_timeout=60, attempts=3, **arguments)
            if options:
                return client
            self._clients[service] = client
        return self._clients[service]

    def queue_url(self, name: str) -> str:
        """Return the URL of a queue, cached."""
        if name not in self._queue_urls:
            self._queue_urls[name] = self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        return self._queue_urls[name]

    def start_and_apply(self, *, force: bool = False) -> list[str]:
        """Start simulators and emulator, apply the environment, add the initial data; return the applied changes."""
        self.emulator.check_port(self.port)
        if self.process() is None:
            require_free_port(self.port)  # before anything starts, so nothing is left running
        # The simulators start first and stop last, because the emulator does not retry calls of API destinations.
        self.simulators.start()
        self.start()
        changes = self.apply(force=force)
        self.add_initial_data()
        return changes

    def add_initial_data(self) -> None:
        """Add missing stock, store the webhook secrets, and configure the simulators' callbacks."""
        outputs = self.outputs()
        seed.add_stock(self.client("dynamodb"), outputs["tables"]["stock"])
        secrets_file = self.folder / "simulators" / "secrets.json"
        secrets = seed.store_secrets(self.client("secretsmanager"), outputs["webhook_secret_name"], secrets_file)
        self.simulators.configure(self.http_api_url(outputs["webhooks_api_id"]), secrets)

    def start(self) -> Process:
        """Start the emulator unless it is running. Raises UserError if it cannot start."""
        if self.emulator.ended_unexpectedly():
            console.say(f"  {_lost_state_message(self.emulator.saved_at())}")
        return self.emulator.start(self.port)

    def stop(self) -> bool:
        """Stop the emulator, its workers and the simulators; return whether anything was running."""
        emulator_was_running = self.emulator.stop()
        return self.simulators.stop() or emulator_was_running

    def apply(self, *, force: bool = False) -> list[str]:
        """Build the zips, and apply the environment if the sources or the cloud changed; return the changes."""
        with console.step("zips") as progress:
            zips = package.build()
            progress.detail = f"{sum(1 for one in zips if one.seconds)} of {len(zips)} built, the others unchanged"
        new_hashes = local_cloud_apply.fingerprint(self.root, package.DIST_FOLDER)
        last_apply = json.loads(self._record.read_text()) if self._record.exists() else {}
        needs_refresh = force or last_apply.get("cloud") != self.emulator.configuration_token()
        old_hashes = last_apply.get("here", {})
        changed_names = {name for name in {**new_hashes, **old_hashes} if new_hashes.get(name) != old_hashes.get(name)}
        if not (needs_refresh or changed_names):
            console.say("  terraform apply: nothing has changed since the last apply")
            return []
        self._record.unlink(missing_ok=True)
        log = self.folder / "terraform" / "apply.log"
        functions = sorted(changed_names) if not needs_refresh and changed_names < new_hashes.keys() - {""} else []
        report = local_cloud_apply.apply(self.root, self.env(), log, refresh=needs_refresh, functions=functions)
        outputs = last_apply["outputs"] if functions else report.outputs["pipeline"]
        record = {"here": new_hashes, "cloud": self.emulator.configuration_token(), "outputs": outputs}
        self._record.write_text(json.dumps(record, indent=2))
        changes = report.changes
        for change in changes if len(changes) <= MAX_LISTED_CHANGES else [f"{log} lists all changes"]:
            console.say(f"    {change}")
        return changes

    @contextmanager
    def prevent_reapply(self) -> Iterator[None]:
        """Prevent the block's changes from causing another apply; they must not affect what Terraform manages."""
        token = self.emulator.configuration_token()
        yield
        last_apply = json.loads(self._record.read_text()) if self._record.exists() else {}
        if last_apply.get("cloud") == token:
            self._record.write_text(json.dumps({**last_apply, "cloud": self.emulator.configuration_token()}, indent=2))

    def outputs(self) -> dict[str, Any]:
        """Return the outputs of the last apply. Raises UserError if there was none or it failed."""
        if not self._record.exists():
            raise UserError("The local cloud has no completed apply; run `make up`.")
        return dict(json.loads(self._record.read_text())["outputs"])

    def force_refresh_at_next_apply(self) -> None:
        """Make the next apply refresh Terraform's state from the cloud."""
        if self._record.exists():
            self._record.write_text(json.dumps({**json.loads(self._record.read_text()), "cloud": None}, indent=2))

    def is_applied(self) -> bool:
        return self._record.exists()


def _lost_state_message(saved_at: float | None) -> str:
    if saved_at is None:
        return "The local cloud was killed before it saved its state. Its data is lost; everything is applied again."
    save_time = datetime.fromtimestamp(saved_at).astimezone()
    return (
        f"The local cloud was killed. It continues from the state saved at {save_time:%H:%M:%S on %Y-%m-%d}; "
        "later orders and changes are lost."
    )


def _port_from_environment() -> int | None:
    text = os.environ.get("ORDERFLOW_PORT")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UserError(f"ORDERFLOW_PORT must be a port number such as 4567; got {text!r}.")
    return int(text)


def make_client(service: str, *, read_timeout: int, attempts: int, **options: Any) -> Any:
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    create_client: Callable[..., Any] = boto3.client
    config = Config(connect_timeout=5, read_timeout=read_timeout, retries=retries)
    try:
        return create_client(service, **{"config": config, **options})
    except ValueError as error:
        if "Invalid endpoint" not in str(error):
            raise
        raise UserError(f"AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566 ({error}).") from error
