"""Caches the callers' secrets for five minutes, and refreshes them if a signature does not match.

While Secrets Manager is unavailable, the cached secrets stay valid, so that calls can still be verified.

The secret is JSON: `{"payment_provider": {"current": "...", "previous": "..."}, "carrier": {"current": "..."}}`. Both
values are valid during a rotation; `previous` is removed after it."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.aws import failure_code
from common.errors import TransientError
from common.observability import count, log_fields, logger
from common.publisher.failure import classify_call_error
from contracts import strict_json

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

CACHE_SECONDS = 300
# Anyone can send wrong signatures: this limits how many calls to Secrets Manager they cause.
MIN_REFRESH_SECONDS = 30
# 16 bytes as hex or base64 are longer. An empty secret would make everybody's signature valid.
MIN_SECRET_LENGTH = 16
_MAX_BYTES = 65_536


class _UnavailableError(TransientError):
    """Secrets Manager is unavailable or throttles requests."""


class SecretStore:
    """The callers' secrets, cached from Secrets Manager."""

    def __init__(
        self, client: "SecretsManagerClient", secret_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._clock = clock
        self._content: Mapping[str, Any] | None = None
        self._read_at = 0.0
        self._refreshed_at: float | None = None

    def valid_secrets(self, caller: str) -> list[str]:
        """Return the secrets that are valid for `caller`, the current one first.

        Raises:
            TransientError: the secrets cannot be read or are malformed; the caller should repeat the call."""
        if self._content is None:
            return self._extract_secrets(self._read_secret(), caller)
        if self._clock() - self._read_at >= CACHE_SECONDS:
            self.refresh()
        try:
            return self._extract_secrets(self._content, caller)
        except TransientError:
            # The secret may have been fixed since it was cached.
            if not self.refresh():
                raise
            return self._extract_secrets(self._content, caller)

    def refresh(self) -> bool:
        """Read the secrets again; return False if Secrets Manager is unavailable or the last refresh too recent."""
        now = self._clock()
        if self._refreshed_at is not None and now - self._refreshed_at < MIN_REFRESH_SECONDS:
            return False
        self._refreshed_at = now
        try:
            self._read_secret()
        except _UnavailableError as error:
            logger.warning("Secrets not refreshed", extra=log_fields(reason=error.reason, detail=error.detail))
            count("SecretsNotReadAgain")
            return False
        return True

    def _extract_secrets(self, content: Mapping[str, Any], caller: str) -> list[str]:
        secrets = content.get(caller)
        if not isinstance(secrets, Mapping) or secrets.get("current") is None:
            raise TransientError("secret_malformed", f"the secret must have a current value for {caller}")
        values = [secrets[name] for name in ("current", "previous") if secrets.get(name) is not None]
        if not all(isinstance(value, str) and len(value) >= MIN_SECRET_LENGTH for value in values):
            raise TransientError("secret_malformed", f"{caller}: secrets must have {MIN_SECRET_LENGTH}+ characters")
        return values

    def _read_secret(self) -> Mapping[str, Any]:
        try:
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            content = strict_json.loads(text, max_bytes=_MAX_BYTES, reject_inexact_values=False)
        except (BotoCoreError, ClientError) as error:
            error_class = _UnavailableError if classify_call_error(error).is_transient else TransientError
            raise error_class("secret_unavailable", f"the secret cannot be read: {failure_code(error)}") from error
        except (KeyError, strict_json.StrictJsonError):
            raise TransientError("secret_malformed", "the secret must be a string with valid JSON") from None
        if not isinstance(content, Mapping):
            raise TransientError("secret_malformed", "the secret must be a JSON object")
        self._content, self._read_at = content, self._clock()
        return content
