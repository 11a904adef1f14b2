"""Prints docs/transitions.md from the transition table: `python -m recorder.transitions_page > docs/transitions.md`."""

import sys
from collections.abc import Iterator

from recorder.transitions import NONE, STATES, TABLE, WRITING, Rule

_INTRODUCTION = """\
# What an event does to an order

This page is printed from `lambdas/recorder/transitions.py`, which the recorder reads; a test fails when the two differ.
Print it again with `PYTHONPATH=lambdas python -m recorder.transitions_page > docs/transitions.md`.

| outcome | what the recorder does |
|---|---|
| apply | writes the change |
| compensate | writes the change, and notes a refund that is due: money came for what will not be delivered |
| duplicate | acknowledges; the change was written before |
| early | lets the message come back; what has to come first may be on its way |
| obsolete | acknowledges; the order ended another way, so there is nothing left to do |
| illegal | puts the event into quarantine with the reason; somebody has to look |

An event with the id that was last applied for its type is a duplicate in every state, before anything below is asked.
Where a cell has several lines, the first whose condition holds decides.
"""


def page() -> str:
    """Return the whole page."""
    return (
        "\n".join([_INTRODUCTION, "## States\n", *_diagram(), "", "## Every event in every state", *_sections()]) + "\n"
    )


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for event_type, row in TABLE.items():
        for state, cell in row.items():
            for rule in cell:
                if rule.outcome in WRITING and rule.status is not None:
                    start = "[*]" if state == NONE else state
                    yield f"    {start} --> {rule.status}: {event_type}{_reason(rule)}"
    yield "```"


def _sections() -> Iterator[str]:
    for event_type, row in TABLE.items():
        yield f"\n### {event_type}\n"
        yield "| state | outcome |"
        yield "|---|---|"
        for state in STATES:
            yield f"| {state} | {'<br>'.join(_line(rule) for rule in row[state])} |"


def _line(rule: Rule) -> str:
    arrow = f" → {rule.status}" if rule.status else ""
    condition = f", if {rule.when.__doc__}" if rule.when else ""
    return f"**{rule.outcome}**{arrow}{_reason(rule)}{condition}"


def _reason(rule: Rule) -> str:
    return f" ({rule.reason})" if rule.reason else ""


if __name__ == "__main__":
    sys.stdout.write(page())
