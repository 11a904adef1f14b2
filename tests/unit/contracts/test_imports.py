"""The modules that are imported with the contracts."""

import json
import subprocess
import sys

from orderflow_cli import ROOT
from tests.unit.contracts.examples import EXAMPLES_FOLDER


def imported_modules(statements: str) -> set[str]:
    """Return the modules that a new process has loaded after it ran `statements`."""
    program = f"import sys\n{statements}\nimport json; print(json.dumps([*sys.modules]))"
    process = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "lambdas", capture_output=True, text=True, check=True
    )
    return set(json.loads(process.stdout))


def validator_names(modules: set[str]) -> set[str]:
    prefix = "contracts.generated.validators."
    return {name.removeprefix(prefix) for name in modules if name.startswith(prefix)}


def test_validator_is_imported_when_an_event_of_its_type_is_parsed() -> None:
    path = EXAMPLES_FOLDER / "OrderShipped.v1" / "valid" / "complete.json"

    assert validator_names(imported_modules("import contracts")) == set()
    modules = imported_modules(f"import contracts; contracts.parse(open({str(path)!r}, 'rb').read())")
    assert validator_names(modules) == {"order_shipped_v1"}


def test_validators_import_no_third_party_module() -> None:
    names = [path.stem for path in (ROOT / "lambdas/contracts/generated/validators").glob("*_v*.py")]
    statements = "import contracts, importlib\n" + "\n".join(
        f"importlib.import_module('contracts.generated.validators.{name}')" for name in names
    )

    modules = imported_modules(statements)

    roots = {name.partition(".")[0] for name in modules}
    assert len(validator_names(modules)) == len(names) > 0
    assert roots - {"contracts", "__main__"} <= sys.stdlib_module_names | {"sitecustomize", "usercustomize"}
