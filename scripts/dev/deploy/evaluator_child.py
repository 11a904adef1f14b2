"""Runs MiniStack's IAM evaluator to find the grants that allow each required permission.

Runs under the Python of MiniStack's venv, so it imports nothing from this project. Reads
`{"policies": {name: document}, "permissions": [{"action", "resource", "context"}]}` and writes, for each permission,
the grants that allow it, each as `[policy, Sid, action, resource]`, or none if the policies do not allow it."""

import json
import sys


def main() -> None:
    from ministack.core import iam_evaluator as iam  # type: ignore[import-not-found]

    request = json.load(sys.stdin)
    policies = {name: iam.parse_policy_document(document) for name, document in request["policies"].items()}
    answers: list[list[list[str]]] = []
    for permission in request["permissions"]:
        context = iam.EvalContext(
            principal_arn="arn:aws:sts::111122223333:assumed-role/role/session",
            principal_type="AssumedRole",
            principal_account="111122223333",
            action=permission["action"],
            resource_arn=permission["resource"],
            region="eu-west-1",
            secure_transport=True,
            service_context={key.lower(): value for key, value in permission["context"].items()},
        )
        grants = [
            [name, statement.sid, action, resource]
            for name, statements in policies.items()
            for statement in statements
            if iam._first_match(context, [statement], "Allow")
            for action in statement.actions
            if iam._action_matches(permission["action"], [action], [])
            for resource in statement.resources
            if iam._resource_matches(permission["resource"], [resource], [])
        ]
        answers.append(grants if iam.evaluate(context, list(policies.values())).decision == "Allow" else [])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
