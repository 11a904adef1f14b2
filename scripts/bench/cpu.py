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
BATCH_RECORD_COUNT = 100
ENTRY_IDS = [str(number) for number in range(replay.BATCH_SIZE)]


def measure_variants(variants: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Return CPU microseconds per message by variant and round. Each variant returns its number of messages."""
    microseconds: dict[str, list[float]] = defaultdict(list)
    for run in variants.values():
        run()
    gc.freeze()
    for _ in range(rounds):
        for name, run in variants.items():
            gc.collect()
            start = time.process_time_ns()
            message_count = run()
            microseconds[name].append((time.process_time_ns() - start) / 1_000 / message_count)
    return microseconds


def measure_relay(recording: Mapping[str, Any], count: int, rounds: int, names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the CPU microseconds per record of the relay and the alternatives, or only of the variants in `names`."""
    event = {"Records": replay.stream_records(recording, count)}
    responses = Responses()
    responses.load(replay.build_publish_responses(ENTRY_IDS))
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
    variants["c"] = partial(alternatives.create_publish_only_relay(sns, entries), event)
    variants["d"] = partial(alternatives.create_sigv4_relay(entries), event)
    runs = {name: _checked_run(run, count) for name, run in variants.items() if not names or name in names}
    return {"microseconds": measure_variants(runs, rounds)}


def measure_relay_wall_time(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Return the wall-clock milliseconds for 100 records if each AWS call takes 15 ms, and the number of calls."""
    responses = Responses(CALL_LATENCY_SECONDS)
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    event = {"Records": replay.stream_records(recording, BATCH_RECORD_COUNT)}
    milliseconds = []
    for _ in range(rounds + 1):
        responses.load(replay.build_publish_responses(ENTRY_IDS))
        start = time.perf_counter()
        handler(event, Context())
        milliseconds.append((time.perf_counter() - start) * 1_000)
    return {"milliseconds": milliseconds[1:], "calls": responses.calls}


def measure_relay_logs(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bytes logged per record, for a batch of 100."""
    responses = Responses()
    handler = replay.load_handler("relay", ["sns", "s3"], responses)
    responses.load(replay.build_publish_responses(ENTRY_IDS))
    initial_log_size = _log_size()
    handler({"Records": replay.stream_records(recording, BATCH_RECORD_COUNT)}, Context())
    return {"log_bytes": (_log_size() - initial_log_size) / BATCH_RECORD_COUNT}


def measure_consumer(recording: Mapping[str, Any], function: str, rounds: int) -> dict[str, Any]:
    """Measure a consumer with its recorded batches of ten, and its AWS calls alone; count calls and bytes logged."""
    invocations = [invocation for invocation in recording["invocations"] if invocation["function"] == function]
    calls = [call for invocation in invocations for call in invocation["calls"]]
    responses = Responses()
    services = sorted({call["service"] for call in calls})
    handler = replay.load_handler(function, services, responses)
    recorded_responses = [replay.recorded_response(call) for call in calls]
    message_count = sum(len(invocation["event"].get("Records", "1")) for invocation in invocations)

    def run() -> int:
        responses.load(recorded_responses)
        for invocation in invocations:
            CLOCK.now = invocation["at"]
            response = handler(invocation["event"], Context())
            if response.get("batchItemFailures") or response.get("statusCode", 202) != 202:
                raise AssertionError(f"{function} must succeed; got {response}")
        return message_count

    run()
    if function != "webhooks" and responses.calls != len(calls):  # webhooks caches its secrets
        raise AssertionError(f"{function} must repeat the {len(calls)} recorded calls; got {responses.calls}")
    initial_log_size = _log_size()
    run()
    log_bytes = _log_size() - initial_log_size
    clients = {service: alternatives.create_client(service, responses) for service in services}

    def run_calls() -> int:
        responses.load(recorded_responses)
        for call in calls:
            with contextlib.suppress(ClientError):
                getattr(clients[call["service"]], call["operation"])(**call["parameters"])
        return message_count

    counts_per_message = {"calls": len(calls) / message_count, "log_bytes": log_bytes / message_count}
    return {"microseconds": measure_variants({"ours": run, "calls": run_calls}, rounds), **counts_per_message}


def measure_storefront(recording: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """Measure a valid POST request, and a minimal handler that makes the same AWS calls."""
    invocations = [invocation for invocation in recording["invocations"] if invocation["function"] == "storefront_api"]
    recorded_responses = [replay.recorded_response(call) for invocation in invocations for call in invocation["calls"]]
    responses = Responses()
    handler = replay.load_handler("storefront_api", ["dynamodb", "events"], responses)
    clients = (alternatives.create_client(service, responses) for service in ("dynamodb", "events"))
    minimal_handler = alternatives.create_minimal_storefront(*clients)

    def run(handle: Callable[[Any], Any]) -> int:
        responses.load(recorded_responses)
        for invocation in invocations:
            CLOCK.now = invocation["at"]
            if (status := handle(invocation["event"])["statusCode"]) != 202:
                raise AssertionError(f"the status code must be 202; got {status}")
        return len(invocations)

    run(lambda event: handler(event, Context()))
    initial_log_size = _log_size()
    run(lambda event: handler(event, Context()))
    log_bytes = _log_size() - initial_log_size
    variants = {"ours": lambda: run(lambda event: handler(event, Context())), "bare": lambda: run(minimal_handler)}
    return {"microseconds": measure_variants(variants, rounds), "log_bytes": log_bytes / len(invocations)}


def _checked_run(run: Callable[[], Any], message_count: int) -> Callable[[], int]:
    def run_and_check() -> int:
        response = run()
        if isinstance(response, dict) and response.get("batchItemFailures"):
            raise AssertionError(f"all messages must be published; got {response}")
        return message_count

    return run_and_check


def _log_size() -> int:
    sys.stdout.flush()
    return os.fstat(1).st_size


def main(recording_path: str, result_path: str, name: str, rounds: str, count: str = "1000", *variants: str) -> None:
    recording = json.loads(Path(recording_path).read_text())
    measurements: dict[str, Callable[[], dict[str, Any]]] = {
        "relay": lambda: measure_relay(recording, int(count), int(rounds), variants),
        "wall_time": lambda: measure_relay_wall_time(recording, int(rounds)),
        "relay_logs": lambda: measure_relay_logs(recording),
        "storefront": lambda: measure_storefront(recording, int(rounds)),
    }
    result = measurements.get(name, lambda: measure_consumer(recording, name, int(rounds)))()
    Path(result_path).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
