"""The two kinds of errors in event handling: permanent and transient."""


class ClassifiedError(Exception):
    """A failure whose cause is known.

    `reason` is a stable snake_case code to filter and count by; `detail` is a message or an AWS error code. Both
    are logged, so neither may contain payload or customer data."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class PermanentError(ClassifiedError):
    """An error that a retry cannot fix: the event goes to quarantine with its payload and is acknowledged."""


class TransientError(ClassifiedError):
    """An error that a retry can fix: the event is not acknowledged and is delivered again."""
