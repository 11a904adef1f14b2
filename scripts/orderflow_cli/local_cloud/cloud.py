"""The local cloud: the emulator, what Terraform applied to it, and how to talk to it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from orderflow_cli import LOCAL, ROOT, UserError, console
from orderflow_cli.build import package
from orderflow_cli.local_cloud import apply as local_cloud_apply
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.detached import HOST, Process, require_free_port
from orderflow_cli.local_cloud.emulator import REGION, Emulator, healthy
from orderflow_cli.local_cloud.simulators import Simulators

DEFAULT_PORT = 4566
ENVIRONMENT_ROOT = ROOT / "terraform" / "environments" / "local"
# The emulator's administrator while it enforces IAM: the key that it starts with when it is given none.
ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
ACCOUNT_ID = "000000000000"
MOST_NAMED = 20


class LocalCloud:
    """One local cloud. The usual one lives in .local/; another folder and port make one that is apart from it."""

    def __init__(self, folder: Path = LOCAL, port: int | None = None, root: Path = ENVIRONMENT_ROOT) -> None:
        self.folder = folder
        self.root = root
        self.emulator = Emulator(folder / "ministack")
        self._port = port
        self._applied = folder / "applied.json"
        self._clients: dict[str, Any] = {}
        self._queue_urls: dict[str, str] = {}

    @property
    def port(self) -> int:
        """The chosen port, else that of the running emulator or of its state, else 4566; ORDERFLOW_PORT chooses."""
        chosen = self._port or _port_from_environment()
        if chosen is not None:
            return chosen
        running = self.process()
        return running.port if running else self.emulator.state_port() or DEFAULT_PORT

    @property
    def simulators(self) -> Simulators:
        """The payment provider and the carrier beside it."""
        return Simulators(self.folder / "simulators", self.port)

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def http_api_url(self, api_id: str) -> str:
        """Where the emulator serves an HTTP API, without a slash at the end."""
        return f"{self.endpoint}/_aws/execute-api/{api_id}"

    def process(self) -> Process | None:
        return self.emulator.process()

    def is_running(self) -> bool:
        """Whether its process lives and answers."""
        process = self.process()
        return process is not None and healthy(process.port)

    def env(self) -> dict[str, str]:
        """The environment for a child process that talks to the local cloud: this one's, without the user's own AWS."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        exempt = ",".join(filter(None, [own.get("NO_PROXY") or own.get("no_proxy"), HOST, "localhost"]))
        variables = {**self.aws_variables(), **self.simulators.terraform_variables()}
        return {**own, **variables, "NO_PROXY": exempt, "no_proxy": exempt}

    def aws_variables(self) -> dict[str, str]:
        variables = {
            **ADMINISTRATOR,
            **{"AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true"},
            **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), REGION),
            **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
        }
        if self.folder != LOCAL:
            # The root's own state file belongs to the usual local cloud.
            state = f"-state={self.folder / 'terraform.tfstate'}"
            variables |= {f"TF_CLI_ARGS_{name}": state for name in ("plan", "apply", "destroy", "output", "refresh")}
        return variables

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client with the administrator's credentials, one per service unless `options` say more."""
        if options or service not in self._clients:
            keys = {name.lower(): value for name, value in ADMINISTRATOR.items()}
            given = {"endpoint_url": self.endpoint, "region_name": REGION, **keys, **options}
            made = make_client(service, read_timeout=60, attempts=3, **given)
            if options:
                return made
            self._clients[service] = made
        return self._clients[service]

    def queue_url(self, name: str) -> str:
        """The address of a queue, asked for once."""
        if name not in self._queue_urls:
            self._queue_urls[name] = self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        return self._queue_urls[name]

    def up(self, *, force: bool = False) -> list[str]:
        """Start all of it, apply, and furnish what orders need; returns the changes applied."""
        self.emulator.require(self.port)
        if self.process() is None:
            require_free_port(self.port)  # before anything is started that would be left running
        # The simulators first and last: the emulator calls an API destination once, whether anybody listens or not.
        self.simulators.start()
        self.start()
        changes = self.apply(force=force)
        self.furnish()
        return changes

    def furnish(self) -> None:
        """Put what orders need where nobody has put it, and tell the simulators where to call back."""
        found = self.outputs()
        seed.stock(self.client("dynamodb"), found["tables"]["stock"])
        kept = self.folder / "simulators" / "secrets.json"
        secrets = seed.webhook_secrets(self.client("secretsmanager"), found["webhook_secret_name"], kept)
        self.simulators.configure(self.http_api_url(found["webhooks_api_id"]), secrets)

    def start(self) -> Process:
        """Start the emulator unless it is running. Raises UserError (port in use, no disk, not answering)."""
        if self.emulator.ended_badly():
            console.say(f"  {_what_is_gone(self.emulator.saved_at())}")
        return self.emulator.start(self.port)

    def stop(self) -> bool:
        """Stop it with its workers and the simulators; returns whether anything ran."""
        emulator = self.emulator.stop()
        return self.simulators.stop() or emulator

    def apply(self, *, force: bool = False) -> list[str]:
        """Build the zips and apply the environment where anything changed, here or there; returns the changes."""
        with console.step("zips") as progress:
            built = package.build()
            progress.detail = f"{sum(1 for one in built if one.seconds)} of {len(built)} built, the rest unchanged"
        here = local_cloud_apply.fingerprint(self.root, package.DIST)
        before = json.loads(self._applied.read_text()) if self._applied.exists() else {}
        same_cloud = not force and before.get("cloud") == self.emulator.configuration()
        known = before.get("here", {})
        changed = {name for name in {**here, **known} if here.get(name) != known.get(name)}
        if same_cloud and not changed:
            console.say("  terraform apply: nothing changed since the last one")
            return []
        self._applied.unlink(missing_ok=True)
        log = self.folder / "terraform" / "apply.log"
        functions = sorted(changed) if same_cloud and changed < here.keys() - {""} else []
        tally = local_cloud_apply.apply(self.root, self.env(), log, refresh=not same_cloud, functions=functions)
        found = before["outputs"] if functions else tally.outputs["pipeline"]
        applied = {"here": here, "cloud": self.emulator.configuration(), "outputs": found}
        self._applied.write_text(json.dumps(applied, indent=2))
        changes = tally.done
        for change in changes if len(changes) <= MOST_NAMED else [f"each is named in {log}"]:
            console.say(f"    {change}")
        return changes

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """What the block makes is nothing that Terraform manages, so that it is no reason to apply again."""
        before = self.emulator.configuration()
        yield
        applied = json.loads(self._applied.read_text()) if self._applied.exists() else {}
        if applied.get("cloud") == before:
            self._applied.write_text(json.dumps({**applied, "cloud": self.emulator.configuration()}, indent=2))

    def outputs(self) -> dict[str, Any]:
        """The outputs of the last apply. Raises UserError when there was none."""
        if not self._applied.exists():
            raise UserError("Nothing is applied to the local cloud yet; `make up` does it.")
        return dict(json.loads(self._applied.read_text())["outputs"])

    def changed_by_hand(self) -> None:
        """Let the next apply ask the cloud what there is."""
        if self._applied.exists():
            self._applied.write_text(json.dumps({**json.loads(self._applied.read_text()), "cloud": None}, indent=2))

    def is_applied(self) -> bool:
        return self._applied.exists()


def _what_is_gone(saved_at: float | None) -> str:
    if saved_at is None:
        return "The local cloud was ended before it had saved anything: all that was in it is gone and applied again."
    at = datetime.fromtimestamp(saved_at).astimezone()
    return (
        f"The local cloud was ended without a stop. It goes on as it was at {at:%H:%M:%S} on {at:%Y-%m-%d}; orders and "
        "changes that it took after that are gone."
    )


def _port_from_environment() -> int | None:
    text = os.environ.get("ORDERFLOW_PORT")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UserError(f"ORDERFLOW_PORT is {text!r}; it takes a port number such as 4567.")
    return int(text)


def make_client(service: str, *, read_timeout: int, attempts: int, **options: Any) -> Any:
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard", "max_attempts": attempts}
    make: Callable[..., Any] = boto3.client
    config = Config(connect_timeout=5, read_timeout=read_timeout, retries=retries)
    try:
        return make(service, **{"config": config, **options})
    except ValueError as error:
        if "Invalid endpoint" not in str(error):
            raise
        raise UserError(f"AWS_ENDPOINT_URL must be an address such as https://127.0.0.1:4566; {error}.") from error
