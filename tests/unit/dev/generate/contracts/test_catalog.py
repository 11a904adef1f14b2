from pathlib import Path

import pytest

from dev.generate.contracts import bundle, catalog
from dev.generate.contracts.subset import SubsetError
from tests.unit.dev.generate.contracts.schemas import NUMBER, event, write


def test_error_names_the_file_when_an_event_has_no_example(tmp_path: Path) -> None:
    contracts = bundle.load_contracts(write(tmp_path, ThingDone=event(count=NUMBER)))

    with pytest.raises(SubsetError, match=r"requires examples/ThingDone\.v1/valid/complete\.json"):
        catalog.catalog_text(contracts, tmp_path)
