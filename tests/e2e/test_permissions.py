"""The permission ledger of the whole session: what was granted and what was called, both ways.

It judges every call since the cloud was started, so it is the last of the tier and means nothing by itself.
"""

from collections.abc import Iterable

import pytest

from dev.permissions import applied, ledger, listed
from dev.permissions.calls import Call
from dev.permissions.listed import Entry
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.infra.support.planning import functions


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return listed.read(functions())


@pytest.fixture(scope="module")
def calls(cloud: LocalCloud) -> set[Call]:
    return applied.called(cloud)


def lines(found: Iterable[object]) -> list[str]:
    return sorted(map(str, found))


def test_roles_may_do_what_the_list_says_when_all_is_applied(cloud: LocalCloud, entries: list[Entry]) -> None:
    expected = {entry.grant for entry in entries}

    granted = applied.granted(cloud)

    assert lines(granted - expected) == []
    assert lines(expected - granted) == []


def test_every_grant_was_used_but_for_named_exceptions_when_all_tests_ran(
    entries: list[Entry], calls: set[Call]
) -> None:
    wanted = [entry.grant for entry in entries if not entry.unseen]

    assert lines(ledger.unused(wanted, calls)) == []


def test_exceptions_are_none_when_their_use_was_seen(entries: list[Entry], calls: set[Call]) -> None:
    excepted = [entry.grant for entry in entries if entry.unseen]

    assert lines(set(excepted) - set(ledger.unused(excepted, calls))) == []


def test_every_call_was_granted_when_all_tests_ran(entries: list[Entry], calls: set[Call]) -> None:
    assert len(calls) > 30
    assert lines(ledger.ungranted((entry.grant for entry in entries), calls)) == []


def test_nobody_was_denied_when_all_tests_ran(cloud: LocalCloud) -> None:
    logs = cloud.client("logs").get_paginator("filter_log_events")
    since = int((cloud.process().started_at) * 1000)

    denied = {
        name: event["message"]
        for name, function in cloud.outputs()["functions"].items()
        for page in logs.paginate(logGroupName=function["log_group"], filterPattern='"AccessDenied"', startTime=since)
        for event in page["events"]
    }

    assert denied == {}
