"""The groups of measurements: each is a function that returns its figures by their row's key in rows.toml."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any

from orderflow_cli import LOCAL_FOLDER, ROOT
from orderflow_cli.build import dependencies, package, plans

CONSUMERS = ("recorder", "finance", "warehouse", "customer_service")
ROUNDS = 7
RECORD_COUNT = 1_000
_SCRATCH_FOLDER = LOCAL_FOLDER / "bench"


@dataclass(frozen=True)
class Figure:
    """A measured figure: `values` in the row's unit, compared with the `baselines` of the same run."""

    values: Sequence[float]
    baselines: Sequence[float] = ()
    note: str = ""

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def ratios(self) -> list[float]:
        return [value / baseline for value, baseline in zip(self.values, self.baselines, strict=False)]

    def as_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"value": self.value, "spread": [min(self.values), max(self.values)], "note": self.note}
        if self.baselines:
            ratios = self.ratios
            entry |= {"against": median(self.baselines), "ratio": median(ratios)}
            entry["ratio_spread"] = [min(ratios), max(ratios)]
        return entry


type Figures = dict[str, Figure]


@cache
def recording() -> Path:
    """Record the handling of orders once per process and return the path of the recording."""
    _SCRATCH_FOLDER.mkdir(parents=True, exist_ok=True)
    target, plan_path = _SCRATCH_FOLDER / "recording.json", plans.create_plans(["local"])["local"]
    target.write_bytes(_run_module("bench.recording", str(plan_path), "40", capture_output=True))
    return target


def _run_module(module: str, *arguments: str, capture_output: bool = False) -> bytes:
    """Run a module in a separate process, with its output in a file; return the output if `capture_output` is set."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/scripts:{ROOT}/lambdas"}
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", module, *arguments]
        result = subprocess.run(command, check=False, env=environment, stdout=output, stderr=subprocess.PIPE, cwd=ROOT)
        if result.returncode:
            raise RuntimeError(f"{module} {' '.join(arguments)}: {result.stderr.decode()[-2_000:]}")
        output.seek(0)
        return output.read() if capture_output else b""


def _measure(name: str, rounds: int, *options: str) -> dict[str, Any]:
    file = _SCRATCH_FOLDER / f"{name}.json"
    _run_module("bench.cpu", str(recording()), str(file), name, str(rounds), *options)
    return dict(json.loads(file.read_text()))


def measure_relay(rounds: int = ROUNDS, record_count: int = RECORD_COUNT) -> Figures:
    microseconds = _measure("relay", rounds, str(record_count))["microseconds"]
    figures = {f"relay/{key}": Figure(microseconds["ours"], microseconds[key]) for key in ("c", "a10", "a", "b", "d")}
    milliseconds = _measure("wall_time", rounds)["milliseconds"]
    call_count = median(milliseconds) / 15
    return {**figures, "relay/wall": Figure(milliseconds, note=f"takes as long as {call_count:.1f} AWS calls")}


def relay_cpu_ratio(rounds: int) -> float:
    """Return the relay's CPU time divided by that of its SNS calls alone."""
    microseconds = _measure("relay", rounds, str(RECORD_COUNT), "ours", "c")["microseconds"]
    return median(Figure(microseconds["ours"], microseconds["c"]).ratios)


def log_bytes(function: str) -> float:
    """Return the bytes logged per message of a full batch, or per request."""
    name = {"storefront_api": "storefront", "relay": "relay_logs"}.get(function, function)
    return float(_measure(name, 1)["log_bytes"])


def measure_consumers_and_storefront(rounds: int = ROUNDS) -> Figures:
    figures = {}
    for function in CONSUMERS:
        result = _measure(function, rounds)
        note = f"{result['calls']:.1f} AWS calls, {result['log_bytes']:,.0f} log bytes per message"
        figures[f"consumers/{function}"] = Figure(result["microseconds"]["ours"], result["microseconds"]["calls"], note)
    result = _measure("storefront", rounds)
    note = f"{result['log_bytes']:,.0f} log bytes per request"
    return {**figures, "storefront/post": Figure(result["microseconds"]["ours"], result["microseconds"]["bare"], note)}


def measure_operations(rounds: int = 1) -> Figures:
    """Count operations per order; `rounds` is ignored."""
    recording_document = json.loads(recording().read_text())
    counts: Counter[str] = Counter()
    for invocation in recording_document["invocations"]:
        counts["invocations (batches of ten)"] += 1
        for call in invocation["calls"]:
            kind = "read" if call["operation"] in {"get_item", "query"} else "write"
            counts[f"{kind} units"] += call["units"]
            counts["bus events"] += len(call["parameters"].get("Entries", ()))
            counts["topic messages"] += len(call["parameters"].get("PublishBatchRequestEntries", ()))
    call_count = sum(len(invocation["calls"]) for invocation in recording_document["invocations"])
    note = ", ".join(f"{count / recording_document['orders']:g} {name}" for name, count in sorted(counts.items()))
    return {"operations/calls": Figure([call_count / recording_document["orders"]], note=note)}


def measure_cold_starts(rounds: int = 5) -> Figures:
    """Measure CPU milliseconds of new processes with pyperf: one per function and alternative in each round."""
    folder, target = _SCRATCH_FOLDER / "cold", _SCRATCH_FOLDER / "cold.json"
    shutil.rmtree(folder, ignore_errors=True)
    target.unlink(missing_ok=True)
    for function_zip in package.build():
        with zipfile.ZipFile(function_zip.path) as content:
            content.extractall(folder / function_zip.function)
    for _ in range(rounds):
        single_run_options = ("--processes=1", "--values=1", "--warmups=0", "--loops=1", "--quiet", "--copy-env")
        _run_module("bench.cold", *single_run_options, "--append", str(target), str(folder))
    import pyperf  # type: ignore[import-untyped]

    suite = pyperf.BenchmarkSuite.load(str(target))
    milliseconds = {one.get_name(): [value * 1_000 for value in one.get_values()] for one in suite.get_benchmarks()}
    functions = package.functions()
    medians = [median(values) for values in zip(*(milliseconds[name] for name in functions), strict=True)]
    times = sorted((median(milliseconds[name]), name) for name in functions)
    (min_time, fastest_function), (max_time, slowest_function) = times[0], times[-1]
    note = f"from {min_time:.0f} ms ({fastest_function}) to {max_time:.0f} ms ({slowest_function})"
    alternatives = {"cold/logger": "client and Logger", "cold/usual": "common imports"}
    return {key: Figure(medians, milliseconds[name], note) for key, name in alternatives.items()}


def measure_packages(rounds: int = 1) -> Figures:
    seconds: dict[str, list[float]] = {"full": [], "unchanged": [], "pip": []}
    largest_size = 0
    dependencies.ensure_installed()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=LOCAL_FOLDER) as scratch:
            build = partial(package.build, dist=Path(scratch) / "dist", records_folder=Path(scratch) / "records")
            seconds["full"].append(_elapsed_seconds(build))
            seconds["unchanged"].append(_elapsed_seconds(build))
            largest_size = max(function_zip.size for function_zip in build())
            seconds["pip"].append(_elapsed_seconds(partial(_package_with_pip, Path(scratch) / "pip")))
    figures = {"packages/full": Figure(seconds["full"], seconds["pip"]), "packages/size": Figure([largest_size / 1e6])}
    return {**figures, "packages/unchanged": Figure(seconds["unchanged"])}


def _package_with_pip(folder: Path) -> None:
    """Package each function with pip and zip: install the locked packages next to its code, without bytecode."""
    for function in package.functions():
        target = folder / function
        python = ROOT / ".tools" / "installer" / "bin" / "python"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", "-t", str(target), "--require-hashes"]
        subprocess.run([*pip, "-r", str(dependencies.LOCK_FILE)], check=True, capture_output=True)
        for name in (function, *package.SHARED_PACKAGES):
            shutil.copytree(package.LAMBDAS_FOLDER / name, target / name)
        shutil.make_archive(str(target), "zip", target)


def measure_commands(rounds: int = 1) -> Figures:
    """Measure how long commands take. For the row `users/change`, a comment is added to the relay and later removed."""
    changed_file = package.LAMBDAS_FOLDER / "relay" / "__init__.py"
    original_content = changed_file.read_bytes()
    _run_orderflow("up")
    seconds: dict[str, list[float]] = {"help": [], "change": [], "demo": []}
    seconds["help"] += [_elapsed_seconds(lambda: _run_orderflow("--help")) for _ in range(3 * rounds)]
    try:
        for number in range(rounds):
            changed_file.write_bytes(original_content + f"# {number}\n".encode())
            seconds["change"].append(_elapsed_seconds(lambda: _run_orderflow("up")))
    finally:
        changed_file.write_bytes(original_content)
    seconds["demo"] += [_elapsed_seconds(lambda: _run_orderflow("demo")) for _ in range(rounds)]
    return {f"users/{name}": Figure(values) for name, values in seconds.items()}


def measure_full_test(rounds: int = 1) -> Figures:
    """Measure `make test`; runs only on request."""
    run = partial(subprocess.run, ["make", "test"], cwd=ROOT, check=True, capture_output=True)
    return {"users/test": Figure([_elapsed_seconds(run) for _ in range(rounds)])}


def _run_orderflow(*arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([ROOT / "scripts" / "orderflow", *arguments], check=True, capture_output=True, env=environment)


def _elapsed_seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure_cloud(rounds: int = 1, order_counts: Sequence[int] = (100, 500)) -> Figures:
    from bench import local_cloud

    return local_cloud.measure(rounds, order_counts)


GROUPS: Mapping[str, Callable[..., Figures]] = {
    **{"operations": measure_operations, "relay": measure_relay, "consumers": measure_consumers_and_storefront},
    **{"cold": measure_cold_starts, "packages": measure_packages, "cloud": measure_cloud},
    **{"users": measure_commands, "test": measure_full_test},
}
OPT_IN_GROUPS = ("test",)
