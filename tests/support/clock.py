"""A simulated clock for retry policies."""

import random
from dataclasses import dataclass, field

from common.publisher import RetryPolicy


@dataclass
class Clock:
    """A clock in milliseconds; `sleep` advances it and records the delay."""

    now_ms: float = 0
    delays_ms: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        return self.now_ms / 1000

    def sleep(self, seconds: float) -> None:
        self.delays_ms.append(seconds * 1000)
        self.now_ms += seconds * 1000

    def remaining(self, total_ms: int) -> int:
        return int(total_ms - self.now_ms)

    def policy(self, **changes: object) -> RetryPolicy:
        """Return a retry policy that uses this clock; by default, its jitter is the longest possible delay."""
        settings: dict[str, object] = {"sleep": self.sleep, "clock": self.seconds, "rng": _LongestJitter(), **changes}
        return RetryPolicy(**settings)  # type: ignore[arg-type]


class _LongestJitter(random.Random):
    def uniform(self, a: float, b: float) -> float:
        return max(a, b)
