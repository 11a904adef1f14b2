"""A new request field needs only changes to the schemas and an example, as CONTRIBUTING describes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from dev.commands import generate
from dev.generate.contracts import files
from orderflow_cli import ROOT

FIELD = '"gift_note": {"$ref": "%s#/definitions/text", "x-client": true},'
SCRIPT = """
import json
from relay.transform import to_event
from recorder.effects import RecordingSettings, derive_changes
from recorder.transitions import decide
from datetime import UTC, datetime
from storefront_api.show import public_view
from tests.support.http import document
from tests.support.invocations import stream_record
from tests.support.doubles import PublisherDouble
from tests.unit.storefront_api.doubles import CATALOG, OrdersDouble, order_body, post_order
from storefront_api.route import Api

publisher = PublisherDouble()
api = Api(OrdersDouble(), CATALOG, publisher, "jwt")
error_response = api.respond(post_order(order_body(gift_note="two\\nlines")), lambda: 1_000)
success_response = api.respond(post_order(order_body(gift_note="For Ada")), lambda: 1_000)
(event,) = publisher.published
changes = derive_changes(event, {}, decide(event, None), RecordingSettings(60, 30), datetime.now(UTC))
item = {path[0]: value for path, value in changes.items()} | {"version": 1}
change = to_event(stream_record(1, None, item))
print(json.dumps([error_response["statusCode"], document(error_response)["errors"], success_response["statusCode"],
                  change["data"]["after"]["gift_note"], public_view(item)["gift_note"]]))
"""


def test_new_field_needs_only_schemas_and_an_example(tmp_path: Path) -> None:
    for folder in ("lambdas", "tests/support", "tests/unit/storefront_api"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    schemas = tmp_path / files.CONTRACTS_FOLDER / "schemas"
    for name, next_field, definitions in (
        ("OrderPlaced.v1.json", '"contact_email": {"$ref": "common.v1.json', "common.v1.json"),
        ("common.v1.json", '"contact_email": {"$ref": "', ""),
    ):
        text = (schemas / name).read_text("utf-8")
        assert text.count(next_field) == 1
        (schemas / name).write_text(text.replace(next_field, FIELD % definitions + next_field), "utf-8")
    example = tmp_path / files.CONTRACTS_FOLDER / "examples/OrderPlaced.v1/valid/complete.json"
    complete_example = json.loads(example.read_text("utf-8"))
    complete_example["data"]["gift_note"] = "For Ada"
    example.write_text(json.dumps(complete_example), "utf-8")

    for path, text in generate.outdated_files(tmp_path).items():
        generate.write(tmp_path / path, text)

    program = f"import sys; sys.path[:0] = {[str(tmp_path / 'lambdas'), str(tmp_path)]!r}\n{SCRIPT}"
    process = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.stderr == ""
    reason = "must be readable text on one line"
    output = json.loads(process.stdout.splitlines()[-1])
    assert output == [422, [{"field": "gift_note", "reason": reason}], 202, "For Ada", "For Ada"]
    document = json.loads((tmp_path / files.OPENAPI_FILE).read_text("utf-8"))["components"]["schemas"]
    assert "gift_note" in document["OrderRequest"]["properties"]
    assert document["OrderRequest"]["examples"][0]["gift_note"] == "For Ada"
    assert "gift_note" in document["Order"]["properties"]
