"""Runs parliament in checkov's venv: policies by name on standard input, findings on standard output."""

import json
import sys
from typing import Any


def unwrap(node: Any) -> Any:
    """Unwrap lists of one string: IAM treats them like the string, but parliament fails on a list under `Bool`."""
    if isinstance(node, dict):
        return {name: unwrap(value) for name, value in node.items()}
    if isinstance(node, list):
        return node[0] if len(node) == 1 and isinstance(node[0], str) else [unwrap(value) for value in node]
    return node


def main() -> None:
    import parliament  # type: ignore[import-not-found, unused-ignore]

    findings = []
    for name, text in json.load(sys.stdin).items():
        for raw_finding in parliament.analyze_policy_string(json.dumps(unwrap(json.loads(text)))).findings:
            finding = parliament.enhance_finding(raw_finding)
            findings.append({"policy": name, "issue": finding.issue, "detail": str(finding.detail)})
    json.dump(findings, sys.stdout)


if __name__ == "__main__":
    main()
