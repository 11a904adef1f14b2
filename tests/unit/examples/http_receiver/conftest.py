from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from examples.http_receiver.certificates import Certificates
from examples.http_receiver.inbox import Inbox
from examples.http_receiver.receive import Receiver, ReceiverSettings, Response
from tests.support import sns_signer
from tests.support.sns_signer import NOW, TOPIC_ARN, Signer


@dataclass
class Harness:
    """A receiver with its clock and its inbox, and a record of the URLs that it requested."""

    inbox: Inbox
    signer: Signer
    now: datetime = NOW
    certificate_urls: list[str] = field(default_factory=list)
    confirmation_urls: list[str] = field(default_factory=list)
    error_for_url: Callable[[str], OSError | None] = lambda url: None

    def receiver(self, **settings: Any) -> Receiver:
        receiver_settings = ReceiverSettings(**{"topic_arns": frozenset({TOPIC_ARN}), **settings})
        return Receiver(receiver_settings, Certificates(self._fetch, self._clock), self.inbox, self._visit, self._clock)

    def send(self, document: dict[str, Any], **settings: Any) -> Response:
        return self.receiver(**settings).receive(*sns_signer.request(document))

    def _clock(self) -> datetime:
        return self.now

    def _fetch(self, url: str) -> bytes:
        self.certificate_urls.append(url)
        if error := self.error_for_url(url):
            raise error
        return self.signer.pem

    def _visit(self, url: str) -> bytes:
        self.confirmation_urls.append(url)
        if error := self.error_for_url(url):
            raise error
        return b""


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def harness(tmp_path: Path, signer: Signer) -> Iterator[Harness]:
    harness = Harness(Inbox(tmp_path / "inbox.sqlite"), signer)
    yield harness
    harness.inbox.close()
