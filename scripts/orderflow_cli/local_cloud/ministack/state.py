"""Saves the emulator's state in a consistent snapshot every few seconds, so it survives stops and kills.

MiniStack saves only when it stops, one service after another in separate files, and without stream records, which AWS
keeps for 24 hours. Here a forked child, in which nothing else runs, writes all services into one file. So a kill
loses only seconds of work, and queues are consistent with the tables that their consumers write."""

import asyncio
import contextlib
import copy
import json
import os
import re
import signal
import time
import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.core import iam_actions, persistence  # type: ignore[import-not-found]
from ministack.services import dynamodb  # type: ignore[import-not-found]

STATE_FILE = Path(persistence.STATE_DIR) / "state.json"
CONFIGURATION_TOKEN_FILE = STATE_FILE.with_name("configuration")
"""A file with a token that changes after each call that can modify a Terraform-managed resource."""

MINISTACK_VERSION = metadata.version("ministack")
MIN_PAUSE_SECONDS = 1.0
PAUSE_TO_SAVE_RATIO = 30
MAX_SAVE_SECONDS = 30.0
STREAM_ATTRIBUTES = ("_stream_trimmed", "_stream_records")
"""For each table: the number of expired stream records, and the list of the unexpired ones. The position of an event
source mapping counts both."""

# Calls that read, or change only data such as messages, items and objects. Others may change the configuration.
_READ_OR_DATA_CALL = re.compile(
    r"\w+:(Get|List|Describe|Head|BatchGet|Query|Scan|Lookup|Filter|Test|Simulate|Assume|Invoke|Publish|Send|Receive|"
    r"ChangeMessage|Purge|Transact|BatchWrite|Encrypt|Decrypt|GenerateDataKey|Start|CreateLogStream|"
    r"(Put|Delete|Update|ConditionCheck)(Item|Events|Object|Message|LogEvents|MetricData|Record|SecretValue))"
)
Services = Mapping[str, Callable[[], Any]]
get_tables, load_tables, load_everything = dynamodb.get_state, dynamodb.load_persisted_state, app._load_persisted_state


@dataclass
class SaverState:
    """The number of calls, the configuration token, the child processes that write snapshots, and the save task."""

    call_count: int = 0
    configuration_token: str = ""
    children: list[int] = field(default_factory=list)
    save_task: "asyncio.Task[None] | None" = None


saver_state = SaverState()


def detect_changes(extract_action: Callable[..., str | None]) -> Callable[..., str | None]:
    """Wrap the function that determines the action of a request, to record calls and configuration changes."""

    def action(*request: Any) -> str | None:
        name = extract_action(*request)
        saver_state.call_count += 1
        if name is not None and not _READ_OR_DATA_CALL.match(name):
            write_configuration_token()
        return name

    return action


def write_configuration_token(token: str = "") -> None:
    saver_state.configuration_token = token or uuid.uuid4().hex
    CONFIGURATION_TOKEN_FILE.write_text(saver_state.configuration_token)


def tables_and_streams() -> dict[str, Any]:
    return {**get_tables(), **{name: getattr(dynamodb, name) for name in STREAM_ATTRIBUTES}}


def restore_tables_and_streams(tables: dict[str, Any]) -> None:
    load_tables(tables)
    for name in STREAM_ATTRIBUTES:
        getattr(dynamodb, name).update(tables.get(name, {}))


def start_saving(services: Services) -> int:
    """Fork a child that writes a snapshot of the current state; return its process id."""
    with warnings.catch_warnings():
        # If the child waits for a lock that another thread held, it is killed and the next save forks another.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        saver_state.children.append(child)
        return child
    with contextlib.suppress(BaseException):
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # the port and the lock belong to the emulator
        # The child's memory does not change, and deep copies would take most of the time.
        copy.deepcopy = lambda value, memo=None: value  # type: ignore[assignment, misc]
        states = {name: state for name, get in services.items() if (state := get()) is not None}
        document = {"version": MINISTACK_VERSION, "configuration": saver_state.configuration_token, "services": states}
        pending_file = STATE_FILE.with_suffix(".pending")
        pending_file.write_text(json.dumps(document, default=persistence._json_default))
        pending_file.replace(STATE_FILE)
    os._exit(0)


def has_ended(child: int) -> bool:
    if os.waitpid(child, os.WNOHANG) == (0, 0):
        return False
    saver_state.children.remove(child)
    return True


def save(services: Services) -> None:
    """Write the last snapshot before the emulator stops; kill earlier child processes, which would write older data."""
    for child in list(saver_state.children):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        saver_state.children.remove(child)
    child = start_saving(services)
    os.waitpid(child, 0)


async def save_periodically() -> None:
    """Save the state after calls, and again when no further calls have arrived, to include late side effects."""
    saved_call_count, is_settled = -1, False
    while True:
        started_at, call_count = time.monotonic(), saver_state.call_count
        if call_count != saved_call_count or not is_settled:
            child = start_saving(app._build_persistence_save_dict())
            while not has_ended(child):
                await asyncio.sleep(0.02)
                if time.monotonic() - started_at > MAX_SAVE_SECONDS:
                    os.kill(child, signal.SIGKILL)
            saved_call_count, is_settled = call_count, call_count == saved_call_count
        await asyncio.sleep(max(MIN_PAUSE_SECONDS, PAUSE_TO_SAVE_RATIO * (time.monotonic() - started_at)))


def load() -> None:
    """Load the state unless another MiniStack version saved it. Called in the event loop before the first request."""
    state = json.loads(STATE_FILE.read_text(), object_hook=persistence._json_object_hook) if STATE_FILE.exists() else {}
    usable_state = state if state.get("version") == MINISTACK_VERSION else {}
    app.load_state = usable_state.get("services", {}).get
    load_everything()
    write_configuration_token(usable_state.get("configuration", ""))
    saver_state.save_task = asyncio.create_task(save_periodically())


def write_token_after_reset(reset: Callable[[], None]) -> Callable[[], None]:
    def reset_all() -> None:
        reset()
        write_configuration_token()

    return reset_all


def apply_corrections() -> None:
    iam_actions.extract_iam_action = detect_changes(iam_actions.extract_iam_action)
    dynamodb.get_state, dynamodb.load_persisted_state = tables_and_streams, restore_tables_and_streams
    app._load_persisted_state, app.save_all = load, save
    app._reset_all_state = write_token_after_reset(app._reset_all_state)
