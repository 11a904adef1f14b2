"""What the fuzzer is told besides the document, and in whose name it sends."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dev.fuzz import hooks, run
from orderflow_cli.local_cloud import seed

ORDER_ID = "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa"


def case(body: Any = None, order_id: str | None = None) -> SimpleNamespace:
    parameters = {"order_id": order_id} if order_id else {}
    operation = SimpleNamespace(label="POST /orders")
    return SimpleNamespace(body=body, path_parameters=parameters, headers={}, operation=operation, method="POST")


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(hooks.RUN, "fuzz-1")
    monkeypatch.setenv(hooks.RECORD, str(tmp_path / "record"))
    monkeypatch.setattr(hooks, "_customers", {})
    return tmp_path / "record"


def customer(sent: SimpleNamespace) -> str:
    hooks.before_call(None, sent, {})
    return str(sent.headers[hooks.CUSTOMER])


def test_skus_are_for_sale_and_callers_local_when_the_document_is_made() -> None:
    made = run.document()

    skus = made["components"]["schemas"]["OrderRequest"]["properties"]["lines"]["items"]["properties"]["sku"]["enum"]
    assert set(skus) <= set(seed.catalog())
    assert seed.sold_out_sku() in skus
    assert made["security"] == [{"localCustomer": []}]
    assert set(made["components"]["securitySchemes"]) == {"localCustomer", "localScopes"}


@pytest.mark.usefixtures("record")
def test_customer_is_another_when_the_body_is_another() -> None:
    assert customer(case({"a": 1})) == customer(case({"a": 1}))
    assert customer(case({"a": 1})) != customer(case({"a": 2}))


def test_customer_follows_the_link_when_the_order_was_accepted(record: Path) -> None:
    sent = case({"a": 1})
    placed_by = customer(sent)
    hooks.after_call(None, sent, SimpleNamespace(status_code=202, content=json.dumps({"order_id": ORDER_ID}).encode()))

    assert customer(case(order_id=ORDER_ID)) == placed_by
    assert [json.loads(line)["order_id"] for line in record.read_text().splitlines()] == [ORDER_ID]


def test_refusal_is_recorded_without_an_order_when_it_is_answered(record: Path) -> None:
    sent = case(b"\xff")
    customer(sent)

    hooks.after_call(None, sent, SimpleNamespace(status_code=422, content=b"{}"))

    (line,) = map(json.loads, record.read_text().splitlines())
    assert (line["status"], line["order_id"]) == (422, "")


def test_whole_numbers_are_sent_without_a_fraction() -> None:
    sent = hooks.map_body(None, {"lines": [{"quantity": 8.0, "note": None}, 0.5, True], "raw": "8.0"})

    assert json.dumps(sent) == '{"lines": [{"quantity": 8, "note": null}, 0.5, true], "raw": "8.0"}'
