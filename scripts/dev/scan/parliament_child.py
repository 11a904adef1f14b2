"""Runs parliament in its own venv: policies by name on standard input, findings on standard output."""

import json
import sys
from typing import Any


def unwrapped(node: Any) -> Any:
    """Unwrap one-element lists: IAM treats both the same, but parliament fails on a list under `Bool`."""
    if isinstance(node, dict):
        return {name: unwrapped(value) for name, value in node.items()}
    if isinstance(node, list):
        return node[0] if len(node) == 1 and isinstance(node[0], str) else [unwrapped(value) for value in node]
    return node


def main() -> None:
    import parliament  # type: ignore[import-not-found, unused-ignore]

    found = []
    for name, text in json.load(sys.stdin).items():
        for raw in parliament.analyze_policy_string(json.dumps(unwrapped(json.loads(text)))).findings:
            finding = parliament.enhance_finding(raw)
            found.append({"policy": name, "issue": finding.issue, "detail": str(finding.detail)})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
