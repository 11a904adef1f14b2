"""The READMEs of the modules say what their code says, in every part that is generated."""

from pathlib import Path

import pytest

from orderflow_cli import Problem, module_pages

README = """\
# queue

<!-- example:begin small -->
old
<!-- example:end -->

Kept.

<!-- interface:begin -->
old
<!-- interface:end -->
"""
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

variable "size" {
  description = "How many."
  type        = number
  default     = 180
}

variable "title" {
  description = "Shown."
  type        = string
  default     = "The Shop"
}

variable "fifo" {
  description = "In order."
  type        = bool
  default     = false
}

variable "key_arn" {
  description = "A key."
  type        = string
  default     = null
}
"""
GENERATED = """\
# queue

<!-- example:begin small -->
```hcl
module "queue" {
  source = "../.."
}
```
<!-- example:end -->

Kept.

<!-- interface:begin -->
| Input | Type | Default | What it is |
|---|---|---|---|
| `name` | `string` | required | Its "name", or a \\| b. |
| `senders` | `map(object({...}))` | `{}` | Who sends, by name. |
| `size` | `number` | `180` | How many. |
| `title` | `string` | `"The Shop"` | Shown. |
| `fifo` | `bool` | `false` | In order. |
| `key_arn` | `string` | `null` | A key. |

| Output | What it is |
|---|---|
| `queue_arn` | Its ARN. |
<!-- interface:end -->
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module with one example, and a README whose generated parts are old."""
    (tmp_path / "examples" / "small").mkdir(parents=True)
    (tmp_path / "examples" / "small" / "main.tf").write_text('module "queue" {\n  source = "../.."\n}\n')
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "variables.tf").write_text(VARIABLES)
    (tmp_path / "outputs.tf").write_text('output "queue_arn" {\n  description = "Its ARN."\n  value = "arn"\n}\n')
    return tmp_path


def test_generated_parts_are_what_the_code_says_when_a_page_is_made(module: Path) -> None:
    assert module_pages.page(module) == GENERATED


def test_nothing_changes_when_a_page_is_made_twice(module: Path) -> None:
    (module / "README.md").write_text(module_pages.page(module))

    assert module_pages.page(module) == GENERATED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("<!-- example:begin small -->", "<!-- example:begin large -->", id="example that is not there"),
        pytest.param("<!-- example:begin small -->\nold\n<!-- example:end -->\n", "", id="example left out"),
        pytest.param("<!-- interface:end -->", "", id="no end"),
        pytest.param("Kept.", "<!-- example:begin small -->\nold\n<!-- example:end -->", id="example shown twice"),
    ],
)
def test_page_is_refused_when_its_places_are_not_the_examples(module: Path, old: str, new: str) -> None:
    (module / "README.md").write_text(README.replace(old, new))

    with pytest.raises(Problem, match=r"README.md must hold every example and the interface once"):
        module_pages.page(module)


@pytest.mark.parametrize("line", ['  description = "How many."\n', "  type        = number\n"])
def test_page_is_refused_when_an_input_says_too_little(
    module: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(module_pages, "ROOT", module)
    (module / "variables.tf").write_text(VARIABLES.replace(line, ""))

    with pytest.raises(Problem, match='give variable "size" a type and a description'):
        module_pages.page(module)
