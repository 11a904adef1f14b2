"""Persists the emulator's state across stops and kills: a consistent snapshot every few seconds.

MiniStack saves at a stop only, each service in a file of its own, one after the other, and without the records of
streams. AWS keeps a stream's records for 24 hours, whatever restarts. Here a forked child, in which nothing else runs,
writes all services into one file. So a kill loses seconds, and no queue is older than the table written from it."""

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

FILE = Path(persistence.STATE_DIR) / "state.json"
CONFIGURATION = FILE.with_name("configuration")
"""Changes with every call that may have changed what Terraform manages."""

VERSION = metadata.version("ministack")
PAUSE_SECONDS = 1.0
PAUSES_PER_SAVE = 30
LONGEST_SAVE_SECONDS = 30.0
STREAMS = ("_stream_trimmed", "_stream_records")
"""By table: the number of expired records (24 hours), and the records; a mapping's position counts both."""

# Calls that read, or only concern messages, items, objects and the like. Any other call counts as a change.
_HARMLESS = re.compile(
    r"\w+:(Get|List|Describe|Head|BatchGet|Query|Scan|Lookup|Filter|Test|Simulate|Assume|Invoke|Publish|Send|Receive|"
    r"ChangeMessage|Purge|Transact|BatchWrite|Encrypt|Decrypt|GenerateDataKey|Start|CreateLogStream|"
    r"(Put|Delete|Update|ConditionCheck)(Item|Events|Object|Message|LogEvents|MetricData|Record|SecretValue))"
)
Services = Mapping[str, Callable[[], Any]]
save_tables, load_tables, load_everything = dynamodb.get_state, dynamodb.load_persisted_state, app._load_persisted_state


@dataclass
class Now:
    """The number of calls, the current configuration, and the child processes that write."""

    calls: int = 0
    configuration: str = ""
    children: list[int] = field(default_factory=list)
    saver: "asyncio.Task[None] | None" = None


now = Now()


def noting(action_of: Callable[..., str | None]) -> Callable[..., str | None]:
    """Wrap the function that determines the requested action, to record possible changes."""

    def action(*request: Any) -> str | None:
        found = action_of(*request)
        now.calls += 1
        if found is not None and not _HARMLESS.match(found):
            configured()
        return found

    return action


def configured(text: str = "") -> None:
    now.configuration = text or uuid.uuid4().hex
    CONFIGURATION.write_text(now.configuration)


def tables_with_streams() -> dict[str, Any]:
    return {**save_tables(), **{name: getattr(dynamodb, name) for name in STREAMS}}


def restore_tables_with_streams(saved: dict[str, Any]) -> None:
    load_tables(saved)
    for name in STREAMS:
        getattr(dynamodb, name).update(saved.get(name, {}))


def begin_to_save(services: Services) -> int:
    """Fork a child that writes a snapshot of the current state; returns its process id."""
    with warnings.catch_warnings():
        # The child takes no lock that another thread may hold; otherwise it is killed and forked again.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        now.children.append(child)
        return child
    with contextlib.suppress(BaseException):
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # the port and the lock are the emulator's own
        # Nothing changes the child's memory, and deep copies would take six sevenths of the time.
        copy.deepcopy = lambda value, memo=None: value  # type: ignore[assignment, misc]
        states = {name: state for name, get in services.items() if (state := get()) is not None}
        document = {"version": VERSION, "configuration": now.configuration, "services": states}
        pending = FILE.with_suffix(".pending")
        pending.write_text(json.dumps(document, default=persistence._json_default))
        pending.replace(FILE)
    os._exit(0)


def ended(child: int) -> bool:
    if os.waitpid(child, os.WNOHANG) == (0, 0):
        return False
    now.children.remove(child)
    return True


def save(services: Services) -> None:
    """Write a snapshot at a stop and wait for it. A child started earlier would write older data."""
    for child in list(now.children):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        now.children.remove(child)
    child = begin_to_save(services)
    os.waitpid(child, 0)


async def keep_saving() -> None:
    """Save after calls, and once more when no call follows, to include their side effects."""
    saved, settled = -1, False
    while True:
        began, seen = time.monotonic(), now.calls
        if seen != saved or not settled:
            child = begin_to_save(app._build_persistence_save_dict())
            while not ended(child):
                await asyncio.sleep(0.02)
                if time.monotonic() - began > LONGEST_SAVE_SECONDS:
                    os.kill(child, signal.SIGKILL)
            saved, settled = seen, seen == saved
        await asyncio.sleep(max(PAUSE_SECONDS, PAUSES_PER_SAVE * (time.monotonic() - began)))


def load() -> None:
    """Load the saved state unless another version saved it. Called in the loop, before the first call."""
    saved = json.loads(FILE.read_text(), object_hook=persistence._json_object_hook) if FILE.exists() else {}
    known = saved if saved.get("version") == VERSION else {}
    app.load_state = known.get("services", {}).get
    load_everything()
    configured(known.get("configuration", ""))
    now.saver = asyncio.create_task(keep_saving())


def resetting(reset: Callable[[], None]) -> Callable[[], None]:
    def reset_all() -> None:
        reset()
        configured()

    return reset_all


def correct() -> None:
    iam_actions.extract_iam_action = noting(iam_actions.extract_iam_action)
    dynamodb.get_state, dynamodb.load_persisted_state = tables_with_streams, restore_tables_with_streams
    app._load_persisted_state, app.save_all = load, save
    app._reset_all_state = resetting(app._reset_all_state)
