"""Measures the functions' CPU time per message, interleaved with that of alternatives in one process.

The program runs in a separate process whose standard output is a file; its size is the number of bytes logged."""

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

CALL_LATENCY_SECONDS = 0.015
BATCH_RECORDS = 100
ENTRY_IDS = [str(number) for number in range(replay.BATCH_SIZE)]


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


def measure_relay(recording: Mapping[str, Any], records: int, rounds: int, names: Sequence[str] = ()) -> dict[str, Any]:
    """Compare the relay to alternatives: `a` one by one, `a10` by ten, `b` Powertools, `c` prepared, `d` no client."""
    event = {"Records": replay.stream_records(recording, records)}
    responses = Responses()
    responses.load(replay.publish_responses(ENTRY_IDS))
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    calls: list[Any] = []
    sns, capturing_sns = alternatives.create_client("sns", responses), alternatives.create_client("sns", responses)
    capturing_sns.meta.events.register("before-parameter-build.*", lambda params, **_: calls.append(params))
    variants = {
        "ours": partial(handler, event, Context()),
        "a": partial(alternatives.create_unbatched_relay(sns), event),
        "a10": partial(alternatives.create_batch_relay(sns), event),
        "b": partial(alternatives.create_powertools_relay(sns), event),
    }
    alternatives.create_batch_relay(capturing_sns)(event)
    entries = [entry for call in calls for entry in call["PublishBatchRequestEntries"]]
    variants["c"] = partial(alternatives.create_prepared_relay(sns, entries), event)
    variants["d"] = partial(alternatives.create_raw_relay(entries), event)
    runs = {name: _with_count(run, records) for name, run in variants.items() if not names or name in names}
    return {"microseconds": measure_interleaved(runs, rounds)}


def measure_relay_wall(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Return the wall-clock milliseconds for 100 records if each AWS call takes 15 ms, and the number of calls."""
    responses = Responses(CALL_LATENCY_SECONDS)
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    event = {"Records": replay.stream_records(recording, BATCH_RECORDS)}
    milliseconds = []
    for _ in range(rounds + 1):
        responses.load(replay.publish_responses(ENTRY_IDS))
        started = time.perf_counter()
        handler(event, Context())
        milliseconds.append((time.perf_counter() - started) * 1_000)
    return {"milliseconds": milliseconds[1:], "calls": responses.calls}


def measure_relay_logs(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bytes logged per record, for a batch of 100."""
    responses = Responses()
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    responses.load(replay.publish_responses(ENTRY_IDS))
    before = _bytes_logged()
    handler({"Records": replay.stream_records(recording, BATCH_RECORDS)}, Context())
    return {"log_bytes": (_bytes_logged() - before) / BATCH_RECORDS}


def measure_consumer(recording: Mapping[str, Any], function: str, rounds: int) -> dict[str, Any]:
    """Measure a consumer with its recorded batches of ten, and its AWS calls alone; count calls and bytes logged."""
    invocations = [invocation for invocation in recording["invocations"] if invocation["function"] == function]
    calls = [call for invocation in invocations for call in invocation["calls"]]
    responses = Responses()
    services = sorted({call["service"] for call in calls})
    handler = replay.load_handler(function, services, responses)
    bodies = [replay.recorded_response(call) for call in calls]
    messages = sum(len(invocation["event"].get("Records", "1")) for invocation in invocations)

    def run() -> int:
        responses.load(bodies)
        for invocation in invocations:
            CLOCK.now = invocation["at"]
            response = handler(invocation["event"], Context())
            if response.get("batchItemFailures") or response.get("statusCode", 202) != 202:
                raise AssertionError(f"{function} must succeed; got {response}")
        return messages

    run()
    if function != "webhooks" and responses.calls != len(bodies):  # webhooks caches its secrets
        raise AssertionError(f"{function} must repeat the {len(bodies)} recorded calls; got {responses.calls}")
    before = _bytes_logged()
    run()
    log_bytes = _bytes_logged() - before
    clients = {service: alternatives.create_client(service, responses) for service in services}

    def run_calls() -> int:
        responses.load(bodies)
        for call in calls:
            with contextlib.suppress(ClientError):
                getattr(clients[call["service"]], call["operation"])(**call["parameters"])
        return messages

    counts = {"calls": len(calls) / messages, "log_bytes": log_bytes / messages}
    return {"microseconds": measure_interleaved({"ours": run, "calls": run_calls}, rounds), **counts}


def measure_storefront(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Measure a valid POST request, and a minimal handler that makes the same AWS calls."""
    invocations = [invocation for invocation in recording["invocations"] if invocation["function"] == "storefront_api"]
    bodies = [replay.recorded_response(call) for invocation in invocations for call in invocation["calls"]]
    responses = Responses()
    handler = replay.load_handler("storefront_api", ["dynamodb", "events"], responses)
    clients = (alternatives.create_client(service, responses) for service in ("dynamodb", "events"))
    minimal_handler = alternatives.create_minimal_storefront(*clients)

    def run(handle: Callable[[Any], Any]) -> int:
        responses.load(bodies)
        for invocation in invocations:
            CLOCK.now = invocation["at"]
            if (status := handle(invocation["event"])["statusCode"]) != 202:
                raise AssertionError(f"the status code must be 202; got {status}")
        return len(invocations)

    run(lambda event: handler(event, Context()))
    before = _bytes_logged()
    run(lambda event: handler(event, Context()))
    log_bytes = _bytes_logged() - before
    variants = {"ours": lambda: run(lambda event: handler(event, Context())), "bare": lambda: run(minimal_handler)}
    return {"microseconds": measure_interleaved(variants, rounds), "log_bytes": log_bytes / len(invocations)}


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


def main(recording: str, file: str, name: str, rounds: str, records: str = "1000", *variants: str) -> None:
    recorded = replay.load_recording(Path(recording))
    measurements: dict[str, Callable[[], dict[str, Any]]] = {
        "relay": lambda: measure_relay(recorded, int(records), int(rounds), variants),
        "wall": lambda: measure_relay_wall(recorded, int(rounds)),
        "relay_logs": lambda: measure_relay_logs(recorded),
        "storefront": lambda: measure_storefront(recorded, int(rounds)),
    }
    result = measurements.get(name, lambda: measure_consumer(recorded, name, int(rounds)))()
    Path(file).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
