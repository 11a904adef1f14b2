"""`python -m explore`: runs histories, and reports each kind of violation with its count and first occurrence."""

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
from orderflow_cli.cli import exit_code_of

CHUNK = 100
SHOWN = 30
FEWEST_KILLED = 40


def main() -> int:
    parser = Parser(prog="make explore", description="Run random histories of the real functions.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=whole_number(), default=2_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first history")
    parser.add_argument("--processes", type=whole_number(), default=2)
    parser.add_argument("--exhaustive", type=whole_number(), metavar="LIVES", help="two deliveries, one fault")
    parser.add_argument("--mutants", nargs="*", metavar="NAME", help="mutants that must be killed; default: 40")
    parser.add_argument("--only", type=int, help="run one history and print it step by step")
    arguments = parser.parse_args()
    plan = plans.create_plans(["local"])["local"]
    if arguments.only is not None:
        return _print_history(arguments.seed, arguments.only, plan)
    if arguments.exhaustive is not None:
        return _exhaust(arguments.exhaustive, plan)
    if arguments.mutants is not None:
        return _mutate(tuple(arguments.mutants), arguments.seed, arguments.histories, plan)
    started, played = time.monotonic(), 0
    broken: Found = {}
    last = arguments.first + arguments.histories
    chunks = [(arguments.seed, n, min(n + CHUNK, last), plan) for n in range(arguments.first, last, CHUNK)]
    with console.step(f"{arguments.histories:,} histories") as progress:
        for number, found in _results(chunks, arguments.processes):
            played += number
            broken |= found
            progress.detail = f"{played:,} played, {len(broken)} with violations"
    _report(broken)
    seconds = time.monotonic() - started
    print(f"{played} histories, {len(broken)} with violations, {seconds:.0f} s, seed {arguments.seed}")
    return bool(broken)


type Chunk = tuple[int, int, int, Path]
type Found = dict[int, list[str]]


@cache
def _handlers() -> dict[str, Handler]:
    return load()


def _play(chunk: Chunk) -> tuple[int, Found]:
    handlers = _handlers()
    from explore import histories, routing

    seed, first, last, plan = chunk
    broken = {}
    for number in range(first, last):
        _, found = histories.play(seed, number, handlers, routing.read(plan))
        if found:
            broken[number] = found
    return last - first, broken


def _results(chunks: list[Chunk], processes: int) -> Iterator[tuple[int, Found]]:
    if processes == 1:
        yield from map(_play, chunks)
        return
    from explore.__main__ import _play as play  # importable by a spawned process

    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(play, chunks)


def _print_history(seed: int, number: int, plan: Path) -> int:
    handlers = _handlers()
    from explore import histories, routing

    world, found = histories.play(seed, number, handlers, routing.read(plan), trace=True)
    print("\n".join([*(world.trace or []), *(found or ["holds"])]))
    return bool(found)


def _exhaust(lives: int, plan: Path) -> int:
    handlers = _handlers()
    from explore import exhaustive, routing

    kinds, runs, found = exhaustive.explore(handlers, routing.read(plan), lives)
    print("\n".join(found[:SHOWN]))
    print(f"{kinds} kinds of invocation, {runs} runs, {len(found)} violations")
    return bool(found)


def _mutate(names: tuple[str, ...], seed: int, most: int, plan: Path) -> int:
    """Run mutants; fail if a named one survives. Some of all mutants are equivalent to the original."""
    handlers = _handlers()
    from explore import mutants, routing

    all_of = mutants.all_of(handlers, routing.read(plan), seed)
    chosen = [mutant for mutant in all_of if not names or mutant.name.startswith(names)]
    killed = 0
    for mutant in chosen:
        number = mutants.killed_by(mutant, handlers, routing.read(plan), seed, most)
        print(f"{'lives' if number is None else f'dies in history {number}'}: {mutant.name}", flush=True)
        killed += number is not None
    print(f"{len(chosen)} mutants, {killed} killed by at most {most} histories each, seed {seed}")
    return killed < (len(chosen) if names else FEWEST_KILLED)


def _report(broken: Found) -> None:
    kinds: Counter[str] = Counter()
    first: dict[str, tuple[int, str]] = {}
    for number, found in broken.items():
        for sentence in found:
            kind = sentence.partition(": ")[2] if sentence.startswith("ord_") else sentence
            kind = "".join(character for character in kind[:70] if not character.isdigit())
            kinds[kind] += 1
            first.setdefault(kind, (number, sentence))
    for kind, times in kinds.most_common(SHOWN):
        number, sentence = first[kind]
        print(f"{times:6} times, first in history {number}: {sentence[:240]}")


if __name__ == "__main__":
    sys.exit(exit_code_of(main))
