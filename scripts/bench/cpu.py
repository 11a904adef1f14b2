"""CPU time per message of the functions and of alternatives, interleaved in one process.

Run as a program in a process of its own, whose output goes to a file: what the functions log is counted by its size."""

import contextlib
import gc
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from bench import replay, rivals
from bench.replay import CLOCK, Answers, Context

CALL_SECONDS = 0.015
WALL_RECORDS = 100
IDS = [str(number) for number in range(replay.PACK)]


def in_turns(variants: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Return the CPU microseconds per message for each variant, by round; a variant returns its number of messages."""
    taken: dict[str, list[float]] = defaultdict(list)
    for run in variants.values():
        run()
    gc.freeze()
    for _ in range(rounds):
        for name, run in variants.items():
            gc.collect()
            before = time.process_time_ns()
            handled = run()
            taken[name].append((time.process_time_ns() - before) / 1_000 / handled)
    return taken


def relay(recording: Mapping[str, Any], records: int, rounds: int, only: Sequence[str] = ()) -> dict[str, Any]:
    """Ours, `a` one by one, `a10` by ten, `b` Powertools, `c` prepared messages, `d` without a client; per record."""
    event = {"Records": replay.stream_records(recording, records)}
    answers = Answers()
    answers.load(replay.published(IDS))
    ours = replay.handler_of("relay", ["sns", "s3"], answers)
    seen: list[Any] = []
    sns, spied = rivals.client("sns", answers), rivals.client("sns", answers)
    spied.meta.events.register("before-parameter-build.*", lambda params, **_: seen.append(params))
    made = {
        "ours": lambda: ours(event, Context()),
        "a": _called(rivals.one_by_one(sns), event),
        "a10": _called(rivals.by_ten(sns), event),
        "b": _called(rivals.powertools(sns), event),
    }
    rivals.by_ten(spied)(event)
    ready = [entry for call in seen for entry in call["PublishBatchRequestEntries"]]
    made["c"] = _called(rivals.ready_made(sns, ready), event)
    made["d"] = _called(rivals.own_wire(ready), event)
    variants = {name: _counted(run, records) for name, run in made.items() if not only or name in only}
    return {"microseconds": in_turns(variants, rounds)}


def relay_wall(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Return milliseconds for 100 records if a call takes 15 ms."""
    answers = Answers(CALL_SECONDS)
    handler = replay.handler_of("relay", ["sns", "s3"], answers)
    event = {"Records": replay.stream_records(recording, WALL_RECORDS)}
    taken = []
    for _ in range(rounds + 1):
        answers.load(replay.published(IDS))
        started = time.perf_counter()
        handler(event, Context())
        taken.append((time.perf_counter() - started) * 1_000)
    return {"milliseconds": taken[1:], "calls": answers.calls}


def relay_logs(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bytes logged per record, for a batch of 100."""
    answers = Answers()
    handler = replay.handler_of("relay", ["sns", "s3"], answers)
    answers.load(replay.published(IDS))
    before = _bytes_logged()
    handler({"Records": replay.stream_records(recording, WALL_RECORDS)}, Context())
    return {"log_bytes": (_bytes_logged() - before) / WALL_RECORDS}


def consumer(recording: Mapping[str, Any], function: str, rounds: int) -> dict[str, Any]:
    """Measure one consumer over its recorded batches of ten, and its bare calls; with calls and log bytes each."""
    found = [one for one in recording["invocations"] if one["function"] == function]
    calls = [call for one in found for call in one["calls"]]
    answers = Answers()
    handler = replay.handler_of(function, sorted({call["service"] for call in calls}), answers)
    bodies = [replay.answer_of(call) for call in calls]
    messages = sum(len(one["event"].get("Records", "1")) for one in found)

    def run() -> int:
        answers.load(bodies)
        for one in found:
            CLOCK.now = one["at"]
            answer = handler(one["event"], Context())
            if answer.get("batchItemFailures") or answer.get("statusCode", 202) != 202:
                raise AssertionError(f"{function}: {answer}")
        return messages

    run()
    if function != "webhooks" and answers.calls != len(bodies):  # which caches its secrets
        raise AssertionError(f"{function} made {answers.calls} calls, {len(bodies)} were recorded")
    before = _bytes_logged()
    run()
    logged = _bytes_logged() - before
    clients = {service: rivals.client(service, answers) for service in {call["service"] for call in calls}}

    def bare() -> int:
        answers.load(bodies)
        for call in calls:
            with contextlib.suppress(ClientError):
                getattr(clients[call["service"]], call["operation"])(**call["asked"])
        return messages

    counted = {"calls": len(calls) / messages, "log_bytes": logged / messages}
    return {"microseconds": in_turns({"ours": run, "calls": bare}, rounds), **counted}


def storefront(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Measure a valid POST, and a bare handler with the same calls."""
    found = [one for one in recording["invocations"] if one["function"] == "storefront_api"]
    bodies = [replay.answer_of(call) for one in found for call in one["calls"]]
    answers = Answers()
    ours = replay.handler_of("storefront_api", ["dynamodb", "events"], answers)
    bare = rivals.bare_storefront(rivals.client("dynamodb", answers), rivals.client("events", answers))

    def run(place: Callable[[Any], Any]) -> int:
        answers.load(bodies)
        for one in found:
            CLOCK.now = one["at"]
            if place(one["event"])["statusCode"] != 202:
                raise AssertionError("not accepted")
        return len(found)

    run(lambda event: ours(event, Context()))
    before = _bytes_logged()
    run(lambda event: ours(event, Context()))
    logged = _bytes_logged() - before
    variants = {"ours": lambda: run(lambda event: ours(event, Context())), "bare": lambda: run(bare)}
    return {"microseconds": in_turns(variants, rounds), "log_bytes": logged / len(found)}


def _called(run: Callable[[Any], Any], event: Any) -> Callable[[], Any]:
    return lambda: run(event)


def _counted(run: Callable[[], Any], messages: int) -> Callable[[], int]:
    def counted() -> int:
        answer = run()
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            raise AssertionError(f"not all was published: {answer}")
        return messages

    return counted


def _bytes_logged() -> int:
    sys.stdout.flush()
    return os.fstat(1).st_size


def main(recording: str, target: str, what: str, rounds: str, records: str = "1000", *only: str) -> None:
    recorded = replay.read(Path(recording))
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "relay": lambda: relay(recorded, int(records), int(rounds), only),
        "wall": lambda: relay_wall(recorded, int(rounds)),
        "relay_logs": lambda: relay_logs(recorded),
        "storefront": lambda: storefront(recorded, int(rounds)),
    }
    found = kinds.get(what, lambda: consumer(recorded, what, int(rounds)))()
    Path(target).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
