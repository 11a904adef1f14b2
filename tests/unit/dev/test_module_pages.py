"""The page of a module's inputs and outputs says what its code says."""

from pathlib import Path

import pytest

from dev.generate import module_pages
from orderflow_cli import UserError

VARIABLES = """\
variable "name" {
  description = "Its \\"name\\", or a | b."
  type        = string
}

variable "senders" {
  description = <<-EOT
    Who sends,
    by name.
  EOT
  type = map(object({
    service = string
    sources = optional(set(string), [])
  }))
  default = {}
}
"""
DEFAULTS = {"number": "180", "string": '"The Shop"', "bool": "false"}
VARIABLES += "".join(
    f'\nvariable "a_{kind}" {{\n  description = "One."\n  type        = {kind}\n  default     = {default}\n}}\n'
    for kind, default in DEFAULTS.items()
)
GENERATED = """\
# module: inputs and outputs

| Input | Type | Default | What it is |
|---|---|---|---|
| `name` | `string` | required | Its "name", or a \\| b. |
| `senders` | `map(object({...}))` | `{}` | Who sends, by name. |
| `a_number` | `number` | `180` | One. |
| `a_string` | `string` | `"The Shop"` | One. |
| `a_bool` | `bool` | `false` | One. |

| Output | What it is |
|---|---|
| `queue_arn` | Its ARN. |
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "variables.tf").write_text(VARIABLES)
    (folder / "outputs.tf").write_text('output "queue_arn" {\n  description = "Its ARN."\n  value = "arn"\n}\n')
    return folder


def test_page_holds_every_input_and_output(module: Path) -> None:
    assert module_pages.page(module) == GENERATED


@pytest.mark.parametrize("line", ['  description = "One."\n', "  type        = number\n"])
def test_page_is_refused_when_an_input_says_too_little(module: Path, line: str) -> None:
    (module / "variables.tf").write_text(VARIABLES.replace(line, "", 1))

    with pytest.raises(UserError, match='give variable "a_number" a type and a description'):
        module_pages.page(module)
