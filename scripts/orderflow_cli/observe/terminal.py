"""What is read of a running system, as a person sees it in a terminal."""

from orderflow_cli import console
from orderflow_cli.observe.trace import Trace


def show_trace(found: Trace) -> None:
    if found.hops:
        first = found.hops[0].at
        rows = [
            (
                f"{hop.at:%H:%M:%S.%f}"[:-3],
                f"{(hop.at - first).total_seconds() * 1000:,.0f}",
                hop.where,
                f"✗ {hop.message}" if hop.failed else hop.message,
                hop.shown,
            )
            for hop in found.hops
        ]
        console.table(f"Trace of {found.order_id}", ("UTC", "ms", "where", "what", "details"), rows, right=(1,))
    for sentence in found.unreceived:
        console.say(f"  ✗ {sentence}.")
    for message in found.dead_letters:
        console.say(f"  ✗ Dead-letter message in {message.source.name}: {message.reason}, {message.function}.")
    console.say(f"Now: {found.standing}.")
