"""Runs parliament in its own venv: policies by name on standard input, findings on standard output."""

import json
import sys
from typing import Any


def bare(found: Any) -> Any:
    """Unwrap one-element lists: IAM treats both the same, but parliament fails on a list under `Bool`."""
    if isinstance(found, dict):
        return {name: bare(value) for name, value in found.items()}
    if isinstance(found, list):
        return found[0] if len(found) == 1 and isinstance(found[0], str) else [bare(value) for value in found]
    return found


def main() -> None:
    import parliament  # type: ignore[import-not-found, unused-ignore]

    found = []
    for name, text in json.load(sys.stdin).items():
        for raw in parliament.analyze_policy_string(json.dumps(bare(json.loads(text)))).findings:
            finding = parliament.enhance_finding(raw)
            found.append({"policy": name, "issue": finding.issue, "detail": str(finding.detail)})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
