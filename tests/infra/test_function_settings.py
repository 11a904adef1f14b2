"""What each function reads from its environment is what the pipeline sets: a renamed variable is named here."""

import ast
import re

import pytest

from orderflow_cli import ROOT

LAMBDAS = ROOT / "lambdas"
FUNCTIONS = sorted(path.parent.name for path in LAMBDAS.glob("*/settings.py") if path.parent.name != "common")
PIPELINE = "\n".join(path.read_text() for path in sorted((ROOT / "terraform" / "pipeline").glob("*.tf")))
FUNCTION_MODULE = "\n".join(path.read_text() for path in sorted((ROOT / "terraform/modules/function").glob("*.tf")))
_ASSIGNED = re.compile(r"^\s*([A-Z][A-Z0-9_]+)\s*=", re.MULTILINE)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_pipeline_sets_what_the_function_reads_when_it_starts(function: str) -> None:
    required, optional = _fields(function)
    block = re.search(rf'^module "{function}" \{{\n(.*?)^\}}', PIPELINE, re.MULTILINE | re.DOTALL)
    assert block, f"no module {function} in terraform/pipeline"
    common = re.search(r"common_environment = \{(.*?)\}", PIPELINE, re.DOTALL)
    assert common
    own = set(_ASSIGNED.findall(block[1]))
    given = (
        own | set(_ASSIGNED.findall(common[1])) | set(re.findall(r"\b[A-Z][A-Z0-9_]{3,}\b(?=\s*=)", FUNCTION_MODULE))
    )

    assert required - given == set(), f"{function} reads variables that nobody sets"
    assert own - required - optional == set(), f"the pipeline sets variables that {function} does not read"


def _fields(function: str) -> tuple[set[str], set[str]]:
    tree = ast.parse((LAMBDAS / function / "settings.py").read_text())
    (settings,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    fields = [node for node in settings.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    names = {node.target.id.upper(): node.value is None for node in fields if isinstance(node.target, ast.Name)}
    return {name for name, required in names.items() if required}, {name for name, req in names.items() if not req}
