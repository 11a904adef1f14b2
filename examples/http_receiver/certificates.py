"""The certificates that SNS signs with: fetched from SNS's own host only, and kept while they are valid."""

import re
import ssl
import threading
import urllib.request
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

# Nothing but this path: other answers of that host repeat what a caller put into the request.
_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem")
LARGEST = 16 * 1024
KEPT = 8


class UntrustedError(ValueError):
    """The certificate is not SNS's, or not valid now."""


class UnavailableError(Exception):
    """The certificate could not be fetched; SNS will try again."""


def sns_host(partition: str, region: str) -> str:
    return f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")


def check_url(url: str, partition: str, region: str) -> None:
    """Raises UntrustedError unless the URL is https, on SNS's host in the topic's Region, with a certificate's path."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UntrustedError("SigningCertURL is no URL") from error
    # The whole network location: neither a user name nor a port may stand in it.
    if (parts.scheme, parts.netloc) != ("https", sns_host(partition, region)):
        raise UntrustedError("SigningCertURL is not on the host of SNS in the topic's Region")
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        raise UntrustedError("SigningCertURL is not the path of a signing certificate")


class Certificates:
    """`fetch(url)` returns a PEM; it may raise OSError."""

    def __init__(self, fetch: Callable[[str], bytes], now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now
        self._kept: dict[str, x509.Certificate] = {}
        self._lock = threading.Lock()

    def get(self, url: str) -> x509.Certificate:
        """The certificate behind a URL that was checked. Raises UntrustedError, UnavailableError."""
        with self._lock:
            certificate = self._kept.get(url)
        # Without the lock: while one waits for the network, messages with a known certificate go on.
        certificate = certificate or self._load(url)
        if not certificate.not_valid_before_utc <= self._now() <= certificate.not_valid_after_utc:
            raise UntrustedError("the signing certificate is not valid now")
        with self._lock:
            self._kept[url] = certificate
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return certificate

    def _load(self, url: str) -> x509.Certificate:
        try:
            pem = self._fetch(url)
        except OSError as error:
            raise UnavailableError(f"the signing certificate could not be fetched: {error}") from error
        try:
            return x509.load_pem_x509_certificate(pem)
        except ValueError as error:
            raise UntrustedError("SigningCertURL holds no certificate") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A redirect would lead away from the host that was checked."""


def open_https(url: str) -> bytes:
    """GET with the system's trusted authorities, 5 s, no redirects. Raises OSError."""
    context = ssl.create_default_context()
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=context))
    with opener.open(url, timeout=5) as answer:
        found: bytes = answer.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise OSError(f"{url} answers more than {LARGEST} bytes")
    return found
