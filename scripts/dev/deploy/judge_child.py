"""Runs MiniStack's IAM evaluator to find which grants allow which demands.

Runs under the Python of MiniStack's venv, so it imports nothing from this project. Reads
`{"policies": {name: document}, "demands": [{"action", "resource", "context"}]}` and writes, for each demand, the grants
that allow it, each as `[policy, Sid, action, resource]`, or none if the policies deny it."""

import json
import sys


def main() -> None:
    from ministack.core import iam_evaluator as iam  # type: ignore[import-not-found]

    request = json.load(sys.stdin)
    policies = {name: iam.parse_policy_document(document) for name, document in request["policies"].items()}
    answers: list[list[list[str]]] = []
    for demand in request["demands"]:
        context = iam.EvalContext(
            principal_arn="arn:aws:sts::111122223333:assumed-role/role/session",
            principal_type="AssumedRole",
            principal_account="111122223333",
            action=demand["action"],
            resource_arn=demand["resource"],
            region="eu-west-1",
            secure_transport=True,
            service_context={key.lower(): value for key, value in demand["context"].items()},
        )
        grants = [
            [name, statement.sid, action, resource]
            for name, statements in policies.items()
            for statement in statements
            if iam._first_match(context, [statement], "Allow")
            for action in statement.actions
            if iam._action_matches(demand["action"], [action], [])
            for resource in statement.resources
            if iam._resource_matches(demand["resource"], [resource], [])
        ]
        answers.append(grants if iam.evaluate(context, list(policies.values())).decision == "Allow" else [])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
