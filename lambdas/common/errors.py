"""The two kinds of error in handling an event: permanent and transient."""


class ClassifiedError(Exception):
    """A failure whose cause is known.

    `reason` is a stable snake_case code that people filter and count by; `detail` is a sentence for a person.
    Neither may carry payload or customer data, because both are logged."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class PermanentError(ClassifiedError):
    """Retrying cannot help: the event goes to quarantine with its payload and is acknowledged."""


class TransientError(ClassifiedError):
    """Retrying can help: the event is not acknowledged and is delivered again."""
