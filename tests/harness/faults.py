"""Failures at the calls to AWS and at deliveries, drawn from a seed and counted by hop and kind."""

import hashlib
import random
from collections import Counter, defaultdict
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

_REFUSALS = {
    "dynamodb": ("ProvisionedThroughputExceededException", "InternalServerError", "ThrottlingException"),
    "events": ("ThrottlingException", "InternalException", "AccessDeniedException"),
    "sns": ("ThrottledException", "InternalErrorException", "KMSAccessDeniedException"),
    "sqs": ("RequestThrottled", "ServiceUnavailable"),
    "s3": ("SlowDown", "InternalError"),
    "secretsmanager": ("InternalServiceError",),
}
# A process is killed less often than a call fails: with ten messages in a batch it takes the work of all with it.
_OFTEN = ("refused",) * 6 + ("unreachable",) * 3 + ("answer lost",) * 4
_ENTRIES = {"put_events": "Entries", "publish_batch": "PublishBatchRequestEntries"}


class Killed(BaseException):
    """The process is gone, as with SIGKILL or a time-out: no `except Exception` sees it."""


class Faults:
    """Decides what fails. `on` turns everything off, for the time after repair."""

    def __init__(self, seed: int, rate: float = 0.02, cursed: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self.rate = rate
        self.cursed = cursed
        self.on = True
        self.down: dict[str, str] = {}  # services that answer nothing but this error code, or do not answer ("")
        self.chances: Counter[str] = Counter()
        self.struck: Counter[tuple[str, str]] = Counter()
        self.cursed_hops: defaultdict[str, set[str]] = defaultdict(set)

    def draw(self, hop: str, kinds: tuple[str, ...]) -> str | None:
        """One of `kinds`, or None, for one chance at this hop."""
        if not self.on:
            return None
        self.chances[hop] += 1
        if self._random.random() >= self.rate:
            return None
        kind = self._random.choice(kinds)
        self.struck[hop, kind] += 1
        return kind

    def is_cursed(self, hop: str, key: str) -> bool:
        """Whether this hop fails for this key every time, until the faults are turned off."""
        if not self.on or not self.cursed:
            return False
        digest = hashlib.sha256(f"{self._seed}\x1f{hop}\x1f{key}".encode()).digest()
        if int.from_bytes(digest[:4]) / 2**32 >= self.cursed:
            return False
        self.cursed_hops[hop].add(key)
        return True

    def delay(self, longest: float) -> float:
        return self._random.uniform(0, longest) if self.on else 0.0

    def some(self, most: int) -> int:
        """A number from 1 to `most`; all of them when nothing fails by chance."""
        return self._random.randint(1, most) if self.on and self.rate else most

    def sample(self, count: int) -> set[int]:
        """Some of `count` entries, at least one."""
        return set(self._random.sample(range(count), self._random.randint(1, count)))

    def refusal(self, service: str, operation: str) -> ClientError:
        return client_error(self._random.choice(_REFUSALS[service]), operation)

    def shares(self) -> dict[str, tuple[int, int]]:
        """Chances and injected failures by hop; those that fail every time come on top, in `cursed_hops`."""
        injected: Counter[str] = Counter()
        for (hop, _), times in self.struck.items():
            injected[hop] += times
        return {hop: (self.chances[hop], injected[hop]) for hop in sorted(self.chances)}


class Scripted(Faults):
    """Strikes as written: for each hop the kinds of its next chances, None for none."""

    def __init__(self, script: dict[str, list[str | None]] | None = None) -> None:
        super().__init__(seed=1, rate=0.0)
        self.script = script or {}

    def draw(self, hop: str, kinds: tuple[str, ...]) -> str | None:
        planned = self.script.get(hop)
        kind = planned.pop(0) if planned else None
        if kind is not None and kind not in kinds:
            raise AssertionError(f"{hop} cannot fail by {kind}, only by {', '.join(kinds)}")
        if kind is not None:
            self.struck[hop, kind] += 1
        return kind


class Always(Faults):
    """Strikes by one kind at every chance that has it."""

    def __init__(self, kind: str) -> None:
        super().__init__(seed=1, rate=0.0)
        self._kind = kind

    def draw(self, hop: str, kinds: tuple[str, ...]) -> str | None:
        if not self.on or self._kind not in kinds:
            return None
        self.struck[hop, self._kind] += 1
        return self._kind


class CursedAt(Faults):
    """One hop fails every time, for everything."""

    def __init__(self, hop: str) -> None:
        super().__init__(seed=1, rate=0.0)
        self._hop = hop

    def is_cursed(self, hop: str, key: str) -> bool:
        return self.on and hop == self._hop


def client_error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {}}, operation)  # type: ignore[typeddict-item]


class FaultyClient:
    """A client of one function whose calls fail before, after, in part, or are made twice, as the faults say."""

    def __init__(self, client: Any, service: str, function: str, faults: Faults) -> None:
        self._client = client
        self._service = service
        self._function = function
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method) or self._service not in _REFUSALS:
            return method

        def call(**arguments: Any) -> Any:
            return self._call(name, method, arguments)

        return call

    def _call(self, name: str, method: Any, arguments: dict[str, Any]) -> Any:
        faults, url = self._faults, f"https://{self._service}.invalid"
        code = faults.down.get(self._service)
        if code is not None:
            raise client_error(code, name) if code else EndpointConnectionError(endpoint_url=url)
        if refused := self._refused_every_time(name, arguments):
            return refused(method)
        kinds = (*_OFTEN, "killed before", "killed after")
        if name in _ENTRIES:
            kinds = (*kinds, *("in part",) * 6, "twice", "twice")
        match faults.draw(f"{self._function} -> {self._service}", kinds):
            case "refused":
                raise faults.refusal(self._service, name)
            case "unreachable":
                raise EndpointConnectionError(endpoint_url=url)
            case "killed before":
                raise Killed
            case "answer lost":
                method(**arguments)
                raise ReadTimeoutError(endpoint_url=url)
            case "killed after":
                method(**arguments)
                raise Killed
            case "in part":
                return in_part(name, method, arguments, faults.sample(len(arguments[_ENTRIES[name]])))
            case "twice":
                method(**arguments)
        return method(**arguments)

    def _refused_every_time(self, name: str, arguments: dict[str, Any]) -> Any:
        """What makes a function put an event into quarantine: AWS calls one write or one message invalid."""
        faults, hop = self._faults, f"{self._function} quarantines"
        if self._function == "recorder" and name == "update_item" and faults.is_cursed(hop, repr(arguments["Key"])):
            raise client_error("ValidationException", name)
        if name != "publish_batch":
            return None
        entries = arguments["PublishBatchRequestEntries"]
        invalid = {index for index, entry in enumerate(entries) if faults.is_cursed(hop, entry["Message"])}
        if not invalid:
            return None
        return lambda method: in_part(name, method, arguments, invalid, "InvalidParameter")


def in_part(name: str, method: Any, arguments: dict[str, Any], refused: set[int], code: str = "") -> Any:
    """Make a call without the entries whose index is in `refused`, and answer for these as AWS does."""
    member = _ENTRIES[name]
    entries = arguments[member]
    kept = [entry for index, entry in enumerate(entries) if index not in refused]
    answer = method(**{**arguments, member: kept}) if kept else {}
    if name == "put_events":
        error = {"ErrorCode": code or "ThrottlingException", "ErrorMessage": "injected"}
        accepted = iter(answer.get("Entries", []))
        results = [error if index in refused else next(accepted) for index in range(len(entries))]
        return {"FailedEntryCount": len(refused), "Entries": results}
    failed = [
        {"Id": entries[index]["Id"], "Code": code or "Throttled", "Message": "injected", "SenderFault": False}
        for index in sorted(refused)
    ]
    return {"Successful": answer.get("Successful", []), "Failed": failed}
