"""Ends dead-letter messages that nobody can repair: each is kept in a file, then deleted."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.reading import Reader, Wanted, reader
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.recovery.receipts import Receipts


@dataclass(frozen=True)
class Chosen:
    """Messages that are held back from other readers, each with the reader that can delete it."""

    messages: list[tuple[Reader, Message]]

    def discard(self, receipts: Receipts) -> int:
        """Write each into the receipt, payload and all, then delete it; returns how many."""
        for source, message in self.messages:
            receipts.write(message, "discarded", payload=True)
            source.remove(message)
        return len(self.messages)


@contextmanager
def choose(cloud: Cloud, sources: Iterable[Source], wanted: Wanted) -> Iterator[Chosen]:
    """Hold what is wanted of the sources while somebody decides; what is not discarded is visible again afterwards."""
    with ExitStack() as stack:
        chosen: list[tuple[Reader, Message]] = []
        for source in sources:
            found = reader(cloud, source)
            messages = stack.enter_context(found.messages())
            chosen += [(found, message) for message in messages if wanted.includes(message)]
        yield Chosen(chosen)
