"""Each environment is one file that calls the one pipeline: nothing can be true in dev and untried in prod."""

import re
from pathlib import Path

import pytest

from tests.infra.support.folders import environments, name_of

ROOTS = environments()
REMOTE = [root for root in ROOTS if root.name != "local"]


def test_the_four_environments_are_one_file_each() -> None:
    assert {"local", "dev", "staging", "prod"} <= {root.name for root in ROOTS}
    for root in ROOTS:
        assert [file.name for file in root.glob("*.tf")] == ["main.tf"]


@pytest.mark.parametrize("root", REMOTE, ids=name_of)
def test_remote_states_differ_in_their_key_only(root: Path) -> None:
    def backend(of: Path) -> str:
        (found,) = re.findall(r'^  backend "s3" \{\n(.*?)^  \}', (of / "main.tf").read_text(), re.MULTILINE | re.DOTALL)
        return str(found)

    assert f'"{root.name}/terraform.tfstate"' in backend(root)
    assert backend(root).replace(root.name, "") == backend(REMOTE[0]).replace(REMOTE[0].name, "")
    assert re.search(r"use_lockfile\s*=\s*true", backend(root))
    assert re.search(r"encrypt\s*=\s*true", backend(root))


def test_local_can_never_be_applied_to_a_real_account() -> None:
    (local,) = [root for root in ROOTS if root.name == "local"]

    assert 'allowed_account_ids = ["000000000000"]' in (local / "main.tf").read_text()
