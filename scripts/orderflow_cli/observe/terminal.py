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
    if found.events:
        # Of a topic everybody, because whoever subscribed expects something; of a bus those whose rule takes it.
        received = [
            (carried.event.type, carried.event.carrier, one.receiver.name, one.state, one.trouble or one.why)
            for carried in found.events
            for one in carried.deliveries
            if one.state != "not for it" or carried.event.carrier == "topic"
        ]
        console.table("Who received what, and why", ("event", "on", "receiver", "is", "why"), received)
    for sentence in found.unreceived:
        console.say(f"  ✗ {sentence}.")
    for message in found.dead_letters:
        console.say(f"  ✗ Dead-letter message in {message.source.name}: {message.reason}, {message.function}.")
    console.say(f"Now: {found.standing}.")
