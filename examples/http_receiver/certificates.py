"""Fetches SNS's signing certificates, only from SNS's own host, and caches them while they are valid."""

import re
import ssl
import threading
import urllib.request
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

# Only this path: other responses of that host can repeat what a caller put into the request.
_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem")
MAX_BYTES = 16 * 1024
CACHE_SIZE = 8


class VerificationError(ValueError):
    """The message failed verification: its signature, its certificate or a URL in it is invalid."""


class UnavailableError(Exception):
    """The certificate could not be fetched; SNS will retry the delivery."""


def sns_host(partition: str, region: str) -> str:
    return f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")


def check_certificate_url(url: str, partition: str, region: str) -> None:
    """Raise VerificationError unless `url` is an HTTPS URL of a signing certificate on the Region's SNS endpoint."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise VerificationError("SigningCertURL is not a URL") from error
    # Compare the complete network location: it must contain neither a user name nor a port.
    if (parts.scheme, parts.netloc) != ("https", sns_host(partition, region)):
        raise VerificationError("SigningCertURL must be an https URL of the SNS endpoint of the topic's Region")
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        raise VerificationError("SigningCertURL does not have the path of a signing certificate")


class Certificates:
    """A cache of certificates; `fetch(url)` returns a PEM and can raise OSError."""

    def __init__(self, fetch: Callable[[str], bytes], now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now
        self._cache: dict[str, x509.Certificate] = {}
        self._lock = threading.Lock()

    def get(self, url: str) -> x509.Certificate:
        """Return the certificate at `url`; callers must check the URL. Raises VerificationError, UnavailableError."""
        with self._lock:
            certificate = self._cache.get(url)
        # Fetched without the lock, so that messages with a cached certificate do not wait.
        certificate = certificate or self._load(url)
        if not certificate.not_valid_before_utc <= self._now() <= certificate.not_valid_after_utc:
            raise VerificationError("the signing certificate has expired or is not valid yet")
        with self._lock:
            self._cache[url] = certificate
            while len(self._cache) > CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
        return certificate

    def _load(self, url: str) -> x509.Certificate:
        try:
            pem = self._fetch(url)
        except OSError as error:
            raise UnavailableError(f"the signing certificate could not be fetched: {error}") from error
        try:
            return x509.load_pem_x509_certificate(pem)
        except ValueError as error:
            raise VerificationError("SigningCertURL does not serve a certificate") from error


class _NoRedirectHandler(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Do not follow redirects: they could lead to a host other than the one that was checked."""


def fetch_https(url: str) -> bytes:
    """Return the body at an HTTPS URL, within 5 s and without following redirects. Raises OSError."""
    context = ssl.create_default_context()
    opener = urllib.request.build_opener(_NoRedirectHandler, urllib.request.HTTPSHandler(context=context))
    with opener.open(url, timeout=5) as response:
        body: bytes = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise OSError(f"{url} returned more than {MAX_BYTES} bytes")
    return body
