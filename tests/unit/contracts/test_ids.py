import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import ids

PARTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), min_size=1, max_size=6),
    min_size=1,
    max_size=4,
)


def test_derived_ids_have_fixed_values() -> None:
    # Ids are stored and sent: a different id for the same parts would place, charge or ship an order twice.
    assert ids.order_id("online", "customer-1", "key-1") == "ord_vovzle7wcjckirvzukuxh2v4su"
    assert ids.derived_id("ord_1", "PaymentRequested") == "3f86a770-6c1a-56fe-a4cb-ea5932dfa8fc"


@given(PARTS, PARTS)
def test_ids_are_equal_if_and_only_if_their_parts_are_equal(first: list[str], second: list[str]) -> None:
    assert (ids.order_id(*first) == ids.order_id(*second)) == (first == second)
    assert (ids.derived_id(*first) == ids.derived_id(*second)) == (first == second)


@pytest.mark.parametrize("make_id", [ids.order_id, ids.derived_id])
@pytest.mark.parametrize("parts", [(), ("",), ("a", ""), ("a\x1fb",)])
def test_missing_or_invalid_parts_of_an_id_are_rejected(make_id: Callable[..., str], parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="parts"):
        make_id(*parts)


def test_ids_have_the_prefix_of_their_type() -> None:
    order_id = ids.order_id("pos", "store", "till", "4711", "2026-03-01")

    assert re.fullmatch("ord_[a-z2-7]{26}", order_id)
    assert re.fullmatch("rfd_[a-z2-7]{26}", ids.refund_id(order_id, "pay-1"))
    assert re.fullmatch("shp_[a-z2-7]{26}", ids.shipment_id(order_id))


def test_refund_id_depends_on_order_and_payment() -> None:
    refund_ids = {ids.refund_id(order, payment) for order in ("ord_1", "ord_2") for payment in ("a", "b")}

    assert len(refund_ids) == 4
