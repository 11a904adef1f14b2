"""The page of a module's inputs and outputs is generated only if every input has a type and a description."""

from pathlib import Path

import pytest

from dev.generate import module_pages
from orderflow_cli import UserError

VARIABLE_BLOCK = 'variable "name" {\n  description = "One."\n  type        = number\n}\n'


@pytest.mark.parametrize("line", ['  description = "One."\n', "  type        = number\n"])
def test_incomplete_input_is_rejected(tmp_path: Path, line: str) -> None:
    (tmp_path / "variables.tf").write_text(VARIABLE_BLOCK.replace(line, ""))

    with pytest.raises(UserError, match=f'variable "name" must have a {line.split(maxsplit=1)[0]}'):
        module_pages.page(tmp_path)
