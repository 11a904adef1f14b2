"""The matchers of two emulators behind one protocol: for each line of questions they write a line of replies.

Runs under the Python of the emulator's own venv, as `python engine_child.py ministack|localemu`, so it imports nothing
from this project. A question is `{"kind", "pattern", "subject", "attributes"}`, with the pattern as the JSON text that
AWS would get; a reply is `{"match": bool}` or `{"rejection_reason": reason}`. This program calls private functions of
the emulators: the versions are pinned, and tests compare the replies with the emulators' TestEventPattern."""

import json
import os
import sys
from typing import Any


class MiniStackMatcher:
    def __init__(self) -> None:
        from ministack.services import eventbridge, sns  # type: ignore[import-not-found]

        self.events, self.sns = eventbridge, sns

    def __call__(self, kind: str, pattern: str, subject: Any, attributes: dict[str, Any]) -> dict[str, Any]:
        if kind == "attributes":
            subscription = {"attributes": {"FilterPolicy": pattern}}
            return {"match": bool(self.sns._matches_filter_policy(subscription, attributes, ""))}
        alternatives, refusal = self.events._parse_pattern_text(pattern)
        if refusal:
            return {"rejection_reason": refusal}
        if kind == "event":
            event = self.events._event_from_test_payload(subject)
            return {"match": bool(self.events._matches_pattern(pattern, event))}
        # A mapping's filter and a policy on the body follow the rules of event patterns, but match a record or a
        # message. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
        # The emulator's matching of bodies ignores lists of objects and treats null as absent.
        return {"match": any(self.events._matches_detail(subject, one) for one in alternatives)}


class LocalEmuMatcher:
    def __init__(self) -> None:
        from localemu.services.sns import filter as sns  # type: ignore[import-not-found]
        from localemu.utils.event_matcher import matches_event  # type: ignore[import-not-found]

        self.matches_event, self.validator = matches_event, sns.FilterPolicyValidator
        self.filter = sns.SubscriptionFilter()

    def __call__(self, kind: str, pattern: str, subject: Any, attributes: dict[str, Any]) -> dict[str, Any]:
        try:
            if kind not in ("attributes", "body"):
                return {"match": bool(self.matches_event(pattern, json.dumps(subject)))}
            policy = json.loads(pattern)
            scope = "MessageBody" if kind == "body" else "MessageAttributes"
            self.validator(scope, is_subscribe_call=False).validate_filter_policy(policy)
            if kind == "body":
                return {"match": self.filter.check_filter_policy_on_message_body(policy, json.dumps(subject))}
            entries = {key: {"Type": one["DataType"], "Value": one["StringValue"]} for key, one in attributes.items()}
            return {"match": self.filter.check_filter_policy_on_message_attributes(policy, entries)}
        except Exception as error:  # each kind of invalid pattern has its own exception class
            return {"rejection_reason": f"{error}" or type(error).__name__}


def main() -> None:
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the emulator's output must not mix with the replies
    matcher = MiniStackMatcher() if sys.argv[1] == "ministack" else LocalEmuMatcher()
    for line in sys.stdin:
        replies = [matcher(**question) for question in json.loads(line)]
        output.write(json.dumps(replies) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
