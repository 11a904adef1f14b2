import pytest

from recorder.effects import REMOVED
from recorder.preconditions import ABSENT
from recorder.update import build_update_arguments


def test_version_increases_by_1000_once_after_a_restore() -> None:
    arguments = build_update_arguments("ord_1", {("status",): "paid"}, {("status",): "placed"}, "2")

    assert arguments["UpdateExpression"] == "SET #n0 = :v0, #n1 = #n1 + if_not_exists(#n2.#n3, :v2), #n2.#n3 = :v1"
    assert [arguments["ExpressionAttributeNames"][f"#n{n}"] for n in (2, 3)] == ["applied", "restored_2"]
    assert [arguments["ExpressionAttributeValues"][f":v{n}"] for n in (1, 2)] == [{"N": "1"}, {"N": "1000"}]


@pytest.mark.parametrize("name", ["pay.1", "pay-1", "status", "size"])
def test_names_from_events_are_never_part_of_an_expression(name: str) -> None:
    arguments = build_update_arguments("ord_1", {("payments", name): 1, ("at",): REMOVED}, {("payments", name): ABSENT})

    assert arguments["UpdateExpression"] == "SET #n0.#n1 = :v0, #n2 = #n2 + :v1 REMOVE #n3"
    assert arguments["ConditionExpression"] == "attribute_not_exists(#n0.#n1)"
    assert arguments["ExpressionAttributeNames"] == {"#n0": "payments", "#n1": name, "#n2": "version", "#n3": "at"}
