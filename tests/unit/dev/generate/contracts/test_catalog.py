from pathlib import Path

import pytest

from dev.generate.contracts import bundle, catalog
from dev.generate.contracts.subset import SchemaError
from tests.unit.dev.generate.contracts.schemas import NUMBER, event, write


def test_event_without_an_example_is_rejected(tmp_path: Path) -> None:
    contracts = bundle.load_contracts(write(tmp_path, ThingDone=event(count=NUMBER)))

    with pytest.raises(SchemaError, match=r"requires examples/ThingDone\.v1/valid/complete\.json"):
        catalog.catalog_text(contracts, tmp_path)
