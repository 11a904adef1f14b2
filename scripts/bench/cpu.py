"""Measures the functions' CPU time per message, interleaved with alternatives in one process.

The program runs in a separate process with standard output in a file; its size gives the bytes that functions log."""

import contextlib
import gc
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from bench import alternatives, replay
from bench.replay import CLOCK, Context, Responses

CALL_SECONDS = 0.015
WALL_RECORDS = 100
IDS = [str(number) for number in range(replay.BATCH_SIZE)]


def measure_interleaved(variants: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Return CPU microseconds per message by variant and round. Each variant returns its number of messages."""
    microseconds: dict[str, list[float]] = defaultdict(list)
    for run in variants.values():
        run()
    gc.freeze()
    for _ in range(rounds):
        for name, run in variants.items():
            gc.collect()
            before = time.process_time_ns()
            messages = run()
            microseconds[name].append((time.process_time_ns() - before) / 1_000 / messages)
    return microseconds


def measure_relay(recording: Mapping[str, Any], records: int, rounds: int, only: Sequence[str] = ()) -> dict[str, Any]:
    """Compare the relay to alternatives: `a` one by one, `a10` by ten, `b` Powertools, `c` prepared, `d` no client."""
    event = {"Records": replay.stream_records(recording, records)}
    responses = Responses()
    responses.load(replay.publish_responses(IDS))
    ours = replay.load_handler("relay", ["sns", "s3"], responses)
    calls: list[Any] = []
    sns, capturing_sns = alternatives.client("sns", responses), alternatives.client("sns", responses)
    capturing_sns.meta.events.register("before-parameter-build.*", lambda params, **_: calls.append(params))
    variants = {
        "ours": partial(ours, event, Context()),
        "a": partial(alternatives.one_by_one(sns), event),
        "a10": partial(alternatives.in_batches(sns), event),
        "b": partial(alternatives.powertools(sns), event),
    }
    alternatives.in_batches(capturing_sns)(event)
    entries = [entry for call in calls for entry in call["PublishBatchRequestEntries"]]
    variants["c"] = partial(alternatives.prepared(sns, entries), event)
    variants["d"] = partial(alternatives.handwritten(entries), event)
    counted = {name: _with_count(run, records) for name, run in variants.items() if not only or name in only}
    return {"microseconds": measure_interleaved(counted, rounds)}


def measure_relay_wall(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Return the milliseconds that 100 records take if a call takes 15 ms."""
    responses = Responses(CALL_SECONDS)
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    event = {"Records": replay.stream_records(recording, WALL_RECORDS)}
    milliseconds = []
    for _ in range(rounds + 1):
        responses.load(replay.publish_responses(IDS))
        started = time.perf_counter()
        handler(event, Context())
        milliseconds.append((time.perf_counter() - started) * 1_000)
    return {"milliseconds": milliseconds[1:], "calls": responses.calls}


def measure_relay_logs(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bytes logged per record, for a batch of 100."""
    responses = Responses()
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    responses.load(replay.publish_responses(IDS))
    before = _bytes_logged()
    handler({"Records": replay.stream_records(recording, WALL_RECORDS)}, Context())
    return {"log_bytes": (_bytes_logged() - before) / WALL_RECORDS}


def measure_consumer(recording: Mapping[str, Any], function: str, rounds: int) -> dict[str, Any]:
    """Measure a consumer with its recorded batches of ten, and its AWS calls alone; count calls and bytes logged."""
    invocations = [invocation for invocation in recording["invocations"] if invocation["function"] == function]
    calls = [call for invocation in invocations for call in invocation["calls"]]
    responses = Responses()
    handler = replay.load_handler(function, sorted({call["service"] for call in calls}), responses)
    bodies = [replay.recorded_response(call) for call in calls]
    messages = sum(len(invocation["event"].get("Records", "1")) for invocation in invocations)

    def run() -> int:
        responses.load(bodies)
        for invocation in invocations:
            CLOCK.now = invocation["at"]
            response = handler(invocation["event"], Context())
            if response.get("batchItemFailures") or response.get("statusCode", 202) != 202:
                raise AssertionError(f"{function}: {response}")
        return messages

    run()
    if function != "webhooks" and responses.calls != len(bodies):  # webhooks caches its secrets
        raise AssertionError(f"{function} must repeat the {len(bodies)} recorded calls; got {responses.calls}")
    before = _bytes_logged()
    run()
    logged = _bytes_logged() - before
    clients = {service: alternatives.client(service, responses) for service in {call["service"] for call in calls}}

    def calls_only() -> int:
        responses.load(bodies)
        for call in calls:
            with contextlib.suppress(ClientError):
                getattr(clients[call["service"]], call["operation"])(**call["parameters"])
        return messages

    counts = {"calls": len(calls) / messages, "log_bytes": logged / messages}
    return {"microseconds": measure_interleaved({"ours": run, "calls": calls_only}, rounds), **counts}


def measure_storefront(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Measure a valid POST, and a minimal handler with the same calls."""
    invocations = [invocation for invocation in recording["invocations"] if invocation["function"] == "storefront_api"]
    bodies = [replay.recorded_response(call) for invocation in invocations for call in invocation["calls"]]
    responses = Responses()
    ours = replay.load_handler("storefront_api", ["dynamodb", "events"], responses)
    clients = (alternatives.client(service, responses) for service in ("dynamodb", "events"))
    calls_only = alternatives.minimal_storefront(*clients)

    def run(handle: Callable[[Any], Any]) -> int:
        responses.load(bodies)
        for invocation in invocations:
            CLOCK.now = invocation["at"]
            if handle(invocation["event"])["statusCode"] != 202:
                raise AssertionError("the storefront must answer 202")
        return len(invocations)

    run(lambda event: ours(event, Context()))
    before = _bytes_logged()
    run(lambda event: ours(event, Context()))
    logged = _bytes_logged() - before
    variants = {"ours": lambda: run(lambda event: ours(event, Context())), "bare": lambda: run(calls_only)}
    return {"microseconds": measure_interleaved(variants, rounds), "log_bytes": logged / len(invocations)}


def _with_count(run: Callable[[], Any], messages: int) -> Callable[[], int]:
    def run_and_count() -> int:
        response = run()
        if isinstance(response, dict) and response.get("batchItemFailures"):
            raise AssertionError(f"all messages must be published; got {response}")
        return messages

    return run_and_count


def _bytes_logged() -> int:
    sys.stdout.flush()
    return os.fstat(1).st_size


def main(recording: str, file: str, name: str, rounds: str, records: str = "1000", *only: str) -> None:
    recorded = replay.load_recording(Path(recording))
    measurements: dict[str, Callable[[], dict[str, Any]]] = {
        "relay": lambda: measure_relay(recorded, int(records), int(rounds), only),
        "wall": lambda: measure_relay_wall(recorded, int(rounds)),
        "relay_logs": lambda: measure_relay_logs(recorded),
        "storefront": lambda: measure_storefront(recorded, int(rounds)),
    }
    result = measurements.get(name, lambda: measure_consumer(recorded, name, int(rounds)))()
    Path(file).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
