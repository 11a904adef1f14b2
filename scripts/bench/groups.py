"""The groups of measurements: one function each, which returns figures by row key of rows.toml."""

import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow_cli import LOCAL, ROOT
from orderflow_cli.build import dependencies, package, plans

CONSUMERS = ("recorder", "finance", "warehouse", "customer_service")
ROUNDS = 7
RECORDS = 1_000
_SCRATCH = LOCAL / "bench"


@dataclass(frozen=True)
class Figure:
    """A measured figure: `values` in the row's unit, compared with the `baselines` of the same run."""

    values: Sequence[float]
    baselines: Sequence[float] = ()
    note: str = ""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def ratios(self) -> list[float]:
        return [value / baseline for value, baseline in zip(self.values, self.baselines, strict=False)]

    def as_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"value": self.value, "spread": [min(self.values), max(self.values)], "note": self.note}
        if self.baselines:
            ratios = self.ratios
            entry |= {"against": statistics.median(self.baselines), "ratio": statistics.median(ratios)}
            entry["ratio_spread"] = [min(ratios), max(ratios)]
        return entry


type Figures = dict[str, Figure]


@functools.cache
def recording() -> Path:
    """Record orders once per process and return the file."""
    _SCRATCH.mkdir(parents=True, exist_ok=True)
    target, plan = _SCRATCH / "recording.json", plans.create_plans(["local"])["local"]
    target.write_bytes(_run_module("bench.recording", str(plan), "40", capture=True))
    return target


def _run_module(module: str, *arguments: str, capture: bool = False) -> bytes:
    """Run a module in a separate process, with its output in a file; return the output if `capture` is set."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/scripts:{ROOT}/lambdas"}
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", module, *arguments]
        result = subprocess.run(command, check=False, env=environment, stdout=output, stderr=subprocess.PIPE, cwd=ROOT)
        if result.returncode:
            raise RuntimeError(f"{module} {' '.join(arguments)}: {result.stderr.decode()[-2_000:]}")
        output.seek(0)
        return output.read() if capture else b""


def _measure(name: str, rounds: int, *options: str) -> dict[str, Any]:
    file = _SCRATCH / f"{name}.json"
    _run_module("bench.cpu", str(recording()), str(file), name, str(rounds), *options)
    return dict(json.loads(file.read_text()))


def relay(rounds: int = ROUNDS, records: int = RECORDS) -> Figures:
    microseconds = _measure("relay", rounds, str(records))["microseconds"]
    names = {"c": "relay/c", "a10": "relay/a10", "a": "relay/a", "b": "relay/b", "d": "relay/d"}
    figures = {key: Figure(microseconds["ours"], microseconds[name]) for name, key in names.items()}
    milliseconds = _measure("wall", rounds)["milliseconds"]
    note = f"as long as {statistics.median(milliseconds) / 15:.1f} calls"
    return {**figures, "relay/wall": Figure(milliseconds, note=note)}


def relay_cpu_ratio(rounds: int) -> float:
    """Return the relay's CPU time divided by that of its SNS calls alone."""
    microseconds = _measure("relay", rounds, str(RECORDS), "ours", "c")["microseconds"]
    return statistics.median(Figure(microseconds["ours"], microseconds["c"]).ratios)


def log_bytes(function: str) -> float:
    """Return the bytes logged per message, for full batches."""
    name = {"storefront_api": "storefront", "relay": "relay_logs"}.get(function, function)
    return float(_measure(name, 1)["log_bytes"])


def consumers(rounds: int = ROUNDS) -> Figures:
    figures = {}
    for function in CONSUMERS:
        result = _measure(function, rounds)
        note = f"{result['calls']:.1f} AWS calls, {result['log_bytes']:,.0f} log bytes per message"
        figures[f"consumers/{function}"] = Figure(result["microseconds"]["ours"], result["microseconds"]["calls"], note)
    result = _measure("storefront", rounds)
    note = f"{result['log_bytes']:,.0f} log bytes per request"
    return {**figures, "storefront/post": Figure(result["microseconds"]["ours"], result["microseconds"]["bare"], note)}


def operations(rounds: int = 1) -> Figures:
    """Count operations per order; `rounds` is ignored."""
    recorded = json.loads(recording().read_text())
    counts: Counter[str] = Counter()
    for invocation in recorded["invocations"]:
        counts["invocations (batches of ten)"] += 1
        for call in invocation["calls"]:
            kind = "read" if call["operation"] in {"get_item", "query"} else "write"
            counts[f"{kind} units"] += call["units"]
            counts["bus events"] += len(call["parameters"].get("Entries", ()))
            counts["topic messages"] += len(call["parameters"].get("PublishBatchRequestEntries", ()))
    calls = sum(len(invocation["calls"]) for invocation in recorded["invocations"])
    note = ", ".join(f"{count / recorded['orders']:g} {name}" for name, count in sorted(counts.items()))
    return {"operations/calls": Figure([calls / recorded["orders"]], note=note)}


def cold(rounds: int = 5) -> Figures:
    """Measure CPU milliseconds of new processes with pyperf: one per function and alternative in each round."""
    folder, target = _SCRATCH / "cold", _SCRATCH / "cold.json"
    shutil.rmtree(folder, ignore_errors=True)
    target.unlink(missing_ok=True)
    for function_zip in package.build():
        with zipfile.ZipFile(function_zip.path) as content:
            content.extractall(folder / function_zip.function)
    for _ in range(rounds):
        single_run = ("--processes=1", "--values=1", "--warmups=0", "--loops=1", "--quiet", "--copy-env")
        _run_module("bench.cold", *single_run, "--append", str(target), str(folder))
    import pyperf  # type: ignore[import-untyped]

    suite = pyperf.BenchmarkSuite.load(str(target))
    milliseconds = {one.get_name(): [value * 1_000 for value in one.get_values()] for one in suite.get_benchmarks()}
    functions = package.functions()
    medians = [statistics.median(values) for values in zip(*(milliseconds[name] for name in functions), strict=True)]
    lowest, *_, highest = sorted((statistics.median(milliseconds[name]), name) for name in functions)
    note = f"from {lowest[0]:.0f} ms ({lowest[1]}) to {highest[0]:.0f} ms ({highest[1]})"
    alternatives = {"cold/logger": "client and Logger", "cold/usual": "common imports"}
    return {key: Figure(medians, milliseconds[name], note) for key, name in alternatives.items()}


def packages(rounds: int = 1) -> Figures:
    full_seconds: list[float] = []
    unchanged_seconds: list[float] = []
    pip_seconds: list[float] = []
    largest_size = 0
    dependencies.ensure_installed()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=LOCAL) as scratch:
            build = functools.partial(package.build, dist=Path(scratch) / "dist", records=Path(scratch) / "records")
            full_seconds.append(_elapsed_seconds(build))
            unchanged_seconds.append(_elapsed_seconds(build))
            largest_size = max(function_zip.size for function_zip in build())
            pip_seconds.append(_elapsed_seconds(functools.partial(_package_with_pip, Path(scratch) / "pip")))
    figures = {"packages/full": Figure(full_seconds, pip_seconds), "packages/unchanged": Figure(unchanged_seconds)}
    return {**figures, "packages/size": Figure([largest_size / 1e6])}


def _package_with_pip(folder: Path) -> None:
    """Package each function with pip and zip: install the locked packages next to its code, without bytecode."""
    for function in package.functions():
        target = folder / function
        installer = ROOT / ".tools" / "installer" / "bin" / "python"
        pip = [str(installer), "-m", "pip", "install", "--quiet", "--no-compile", "-t", str(target), "--require-hashes"]
        subprocess.run([*pip, "-r", str(dependencies.LOCK_FILE)], check=True, capture_output=True)
        for name in (function, *package.SHARED_PACKAGES):
            shutil.copytree(package.LAMBDAS / name, target / name)
        shutil.make_archive(str(target), "zip", target)


def users(rounds: int = 1) -> Figures:
    """Measure the seconds that commands take. The one-line change is a comment added to the relay, then removed."""
    changed_file = package.LAMBDAS / "relay" / "__init__.py"
    original = changed_file.read_bytes()
    _run_orderflow("up")
    help_seconds = [_elapsed_seconds(lambda: _run_orderflow("--help")) for _ in range(3 * rounds)]
    up_seconds = []
    try:
        for number in range(rounds):
            changed_file.write_bytes(original + f"# {number}\n".encode())
            up_seconds.append(_elapsed_seconds(lambda: _run_orderflow("up")))
    finally:
        changed_file.write_bytes(original)
    demo_seconds = [_elapsed_seconds(lambda: _run_orderflow("demo")) for _ in range(rounds)]
    return {"users/help": Figure(help_seconds), "users/change": Figure(up_seconds), "users/demo": Figure(demo_seconds)}


def full_test(rounds: int = 1) -> Figures:
    """Measure `make test`; runs only on request."""
    run = functools.partial(subprocess.run, ["make", "test"], cwd=ROOT, check=True, capture_output=True)
    return {"users/test": Figure([_elapsed_seconds(run) for _ in range(rounds)])}


def _run_orderflow(*arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([ROOT / "scripts" / "orderflow", *arguments], check=True, capture_output=True, env=environment)


def _elapsed_seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def cloud(rounds: int = 1, orders: Sequence[int] = (100, 500)) -> Figures:
    from bench import local_cloud

    return local_cloud.measure(rounds, orders)


_DEFAULT_GROUPS: tuple[Callable[..., Figures], ...] = (operations, relay, consumers, cold, packages, cloud, users)
GROUPS: Mapping[str, Callable[..., Figures]] = {run.__name__: run for run in _DEFAULT_GROUPS} | {"test": full_test}
OPT_IN_GROUPS = ("test",)
