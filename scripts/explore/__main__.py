"""`make explore`: simulates random histories and counts each kind of invariant violation, with its first occurrence."""

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from explore.functions import Handler, load
from orderflow_cli import console
from orderflow_cli.arguments import Parser, whole_number
from orderflow_cli.build import plans
from orderflow_cli.cli import run_command

CHUNK_SIZE = 100
MAX_PRINTED_VIOLATIONS = 30
MIN_KILLED_MUTANTS = 40  # of all; some mutants behave like the original


def main() -> int:
    parser = Parser(prog="make explore", description="Simulate random histories of the real functions.")
    parser.add_argument("--seed", type=int, default=1, help="seed of all histories")
    parser.add_argument("--histories", type=whole_number(), default=2_000, help="number of histories")
    parser.add_argument("--first", type=int, default=0, help="number of the first history")
    parser.add_argument("--processes", type=whole_number(), default=2, help="number of processes")
    parser.add_argument("--exhaustive", type=whole_number(), metavar="N", help="explore N lifecycles exhaustively")
    mutants_help = (
        "run all mutants, and fail if under 40 are killed; or those beginning with a PREFIX, and fail if one survives"
    )
    parser.add_argument("--mutants", nargs="*", metavar="PREFIX", help=mutants_help)
    parser.add_argument("--only", type=int, help="run this history only and print its steps")
    arguments = parser.parse_args()
    plan_path = plans.create_plans(["local"])["local"]
    if arguments.only is not None:
        return _print_history(arguments.seed, arguments.only, plan_path)
    if arguments.exhaustive is not None:
        return _run_exhaustive(arguments.exhaustive, plan_path)
    if arguments.mutants is not None:
        return _run_mutants(tuple(arguments.mutants), arguments.seed, arguments.histories, plan_path)
    start_time, finished_count = time.monotonic(), 0
    violations: Violations = {}
    end = arguments.first + arguments.histories
    chunks = [(arguments.seed, n, min(n + CHUNK_SIZE, end), plan_path) for n in range(arguments.first, end, CHUNK_SIZE)]
    with console.step(f"{arguments.histories:,} histories") as progress:
        for count, chunk_violations in _chunk_results(chunks, arguments.processes):
            finished_count += count
            violations |= chunk_violations
            progress.detail = f"{finished_count:,} finished, {len(violations)} with violations"
    _print_violations(violations)
    seconds = time.monotonic() - start_time
    print(f"{finished_count} histories, {len(violations)} with violations, {seconds:.0f} s, seed {arguments.seed}")
    return bool(violations)


type Chunk = tuple[int, int, int, Path]
type Violations = dict[int, list[str]]


@cache
def _handlers() -> dict[str, Handler]:
    return load()


def _run_chunk(chunk: Chunk) -> tuple[int, Violations]:
    handlers = _handlers()
    from explore import histories, routing

    seed, first, end, plan_path = chunk
    violations = {}
    for number in range(first, end):
        _, history_violations = histories.run_history(seed, number, handlers, routing.read(plan_path))
        if history_violations:
            violations[number] = history_violations
    return end - first, violations


def _chunk_results(chunks: list[Chunk], process_count: int) -> Iterator[tuple[int, Violations]]:
    if process_count == 1:
        yield from map(_run_chunk, chunks)
        return
    from explore.__main__ import _run_chunk as run_chunk  # importable by a spawned process

    with ProcessPoolExecutor(process_count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(run_chunk, chunks)


def _print_history(seed: int, number: int, plan_path: Path) -> int:
    handlers = _handlers()
    from explore import histories, routing

    world, violations = histories.run_history(seed, number, handlers, routing.read(plan_path), is_traced=True)
    print("\n".join([*(world.trace or []), *(violations or ["no violation"])]))
    return bool(violations)


def _run_exhaustive(lifecycle_count: int, plan_path: Path) -> int:
    handlers = _handlers()
    from explore import exhaustive, routing

    kind_count, run_count, violations = exhaustive.explore(handlers, routing.read(plan_path), lifecycle_count)
    print("\n".join(violations[:MAX_PRINTED_VIOLATIONS]))
    print(f"{kind_count} kinds of invocation, {run_count} runs, {len(violations)} violations")
    return bool(violations)


def _run_mutants(prefixes: tuple[str, ...], seed: int, limit: int, plan_path: Path) -> int:
    """Run mutants. Fail if one that `prefixes` select survives or, without prefixes, if fewer than 40 are killed."""
    handlers = _handlers()
    from explore import mutants, routing

    all_mutants = mutants.all_mutants(handlers, routing.read(plan_path), seed)
    selected_mutants = [mutant for mutant in all_mutants if not prefixes or mutant.name.startswith(prefixes)]
    if unknown_prefixes := [one for one in prefixes if not any(mutant.name.startswith(one) for mutant in all_mutants)]:
        raise SystemExit(f"No mutant's name begins with {' or '.join(unknown_prefixes)}; `--mutants` alone tries all.")
    killed_count = 0
    for mutant in selected_mutants:
        number = mutants.find_killing_history(mutant, handlers, routing.read(plan_path), seed, limit)
        print(f"{'survives' if number is None else f'killed in history {number}'}: {mutant.name}", flush=True)
        killed_count += number is not None
    print(f"{len(selected_mutants)} mutants, {killed_count} killed by at most {limit} histories each, seed {seed}")
    return killed_count < (len(selected_mutants) if prefixes else MIN_KILLED_MUTANTS)


def _print_violations(violations: Violations) -> None:
    counts_by_kind: Counter[str] = Counter()
    first_violation_by_kind: dict[str, tuple[int, str]] = {}
    for number, history_violations in violations.items():
        for violation in history_violations:
            kind = violation.partition(": ")[2] if violation.startswith("ord_") else violation
            kind = "".join(character for character in kind[:70] if not character.isdigit())
            counts_by_kind[kind] += 1
            first_violation_by_kind.setdefault(kind, (number, violation))
    for kind, count in counts_by_kind.most_common(MAX_PRINTED_VIOLATIONS):
        number, violation = first_violation_by_kind[kind]
        print(f"{count:6} times, first in history {number}: {violation[:240]}")


if __name__ == "__main__":
    sys.exit(run_command(main))
