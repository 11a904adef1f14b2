"""Ten times the usual rate for a minute: what the customers see, and how the intake queue takes it and drains.

The usual rate is one that two busy cores take with room to spare; the client sends at most a few requests at once, so
what it could not send in time is told, too. On AWS the same run needs no change but the storefront's address.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import Load, Watch, percentile
from orderflow_cli import console
from orderflow_cli.demo.storefront import Answer
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud.cloud import LocalCloud

USUAL_PER_SECOND = 1.5
FACTOR = 10.0
BURST_SECONDS = 60.0
USUAL_SECONDS = 20.0
WORKERS = 8
QUIET_SECONDS = 900.0
SHOWN_EVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Phase:
    """`began` and `ended` in seconds since the watch began."""

    name: str
    per_second: float
    began: float
    ended: float
    answers: list[Answer]

    @property
    def sent_per_second(self) -> float:
        return len(self.answers) / (self.ended - self.began)

    def row(self) -> tuple[str, ...]:
        statuses = Counter(answer.status for answer in self.answers)
        took = [answer.milliseconds for answer in self.answers]
        return (
            self.name,
            f"{self.per_second:g}/s",
            f"{self.sent_per_second:.1f}/s",
            ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items())),
            f"{percentile(took, 50):,.0f}",
            f"{percentile(took, 95):,.0f}",
            f"{percentile(took, 99):,.0f}",
        )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench BENCH=burst", description=__doc__)
    parser.add_argument("--usual", type=float, default=USUAL_PER_SECOND, help="orders a second (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=BURST_SECONDS, help="of the burst (default %(default)s)")
    parser.add_argument("--workers", type=int, default=WORKERS, help="requests at once at most (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    cloud = LocalCloud()
    cloud.up()
    load = Load(cloud)
    with console.step("warm-up"):
        _send(load, 8, 4.0, args.workers, args.seed)
        load.wait_until_quiet(120.0)

    phases: list[Phase] = []
    with Watch(load) as watch:
        for number, (name, per_second, seconds) in enumerate(
            (
                ("usual", args.usual, USUAL_SECONDS),
                ("burst", args.usual * FACTOR, args.seconds),
                ("usual again", args.usual, USUAL_SECONDS),
            ),
            args.seed + 1,
        ):
            with console.step(f"{name}: {per_second:g} orders a second for {seconds:.0f} s"):
                began = time.monotonic() - watch.started
                answers = _send(load, round(per_second * seconds), per_second, args.workers, number)
                time.sleep(max(0.0, watch.started + began + seconds - time.monotonic()))
                phases.append(Phase(name, per_second, began, time.monotonic() - watch.started, answers))
        with console.step("waiting until it is quiet") as progress:

            def tell(text: str) -> None:
                progress.detail = text

            quiet = load.wait_until_quiet(QUIET_SECONDS, tell)
        quiet_at = time.monotonic() - watch.started
    return _report(load, watch, phases, quiet_at if quiet else None)


def _send(load: Load, count: int, per_second: float, workers: int, drawn_from: int) -> list[Answer]:
    orders: list[Order] = load.orders(count, drawn_from)
    load.set_scenario(orders, "capture")  # what is measured is the way of good orders
    return load.place(orders, per_second, workers)


def _report(load: Load, watch: Watch, phases: Sequence[Phase], quiet_at: float | None) -> int:
    burst = phases[1]
    columns = ("phase", "wanted", "sent", "answers", "p50 ms", "p95 ms", "p99 ms")
    console.say()
    console.table("What the customers saw", columns, [phase.row() for phase in phases], right=(1, 2, 4, 5, 6))
    roles = list(watch.samples[0][1])
    console.table(
        "Messages in each queue, waiting or being worked on",
        ("second", *roles),
        [(f"{at:.0f}", *(str(depths[role]) for role in roles)) for at, depths in _every(watch, SHOWN_EVERY_SECONDS)],
        right=tuple(range(len(roles) + 1)),
    )
    console.say(f"The burst was {burst.sent_per_second / phases[0].sent_per_second:.1f} times the usual rate.")
    usual_depth = max((d["intake"] for at, d in watch.samples if at < burst.began), default=0)
    at, depth = watch.deepest("intake")
    drained = watch.drained("intake", after=burst.ended, depth=usual_depth)
    after = "not in time" if drained is None else f"{drained - burst.ended:.0f} s after the burst"
    console.say(
        f"The intake queue held {usual_depth} messages at most at the usual rate, {depth} in the burst's wake "
        f"(second {at:.0f}), and was back at its usual depth {after}."
    )
    ended = Counter(item["status"] for item in load.items())
    console.say(
        f"{len(load.accepted)} orders accepted: {', '.join(f'{n} {status}' for status, n in ended.most_common())}; "
        + (f"quiet {quiet_at - burst.ended:.0f} s after the burst." if quiet_at else "not quiet in time.")
    )
    answers = [answer for phase in phases for answer in phase.answers]
    bad = Counter(answer.status for answer in answers if answer.status != 202)
    problems = [f"{number} requests were answered {status or 'by nobody'}" for status, number in bad.items()]
    problems += [f"{number} dead letters of {place}" for place, number in load.new_dead_letters().items()]
    problems += load.report().violations
    problems += [] if quiet_at else ["it was not quiet in time"]
    problems += [] if drained is not None else ["the intake queue did not drain in time"]
    for problem in problems[:30]:
        console.warn(problem)
    console.say(f"{len(problems)} problems.")
    return 1 if problems else 0


def _every(watch: Watch, seconds: float) -> list[tuple[float, dict[str, int]]]:
    """One sample per `seconds`, until all queues stay empty."""
    shown: list[tuple[float, dict[str, int]]] = []
    last = max((at for at, depths in watch.samples if any(depths.values())), default=0.0)
    for at, depths in watch.samples:
        if at <= last + seconds and (not shown or at >= shown[-1][0] + seconds):
            shown.append((at, dict(depths)))
    return shown


if __name__ == "__main__":
    sys.exit(main())
