import re
from typing import Any

from orderflow_policy import Policy, is_unknown, value

_PLAIN_HTTP = re.compile(r"^http://", re.IGNORECASE)
_URL_ATTRIBUTES = (
    ("endpoint",),
    ("invocation_endpoint",),
    ("integration_uri",),
    ("cors_configuration", "allow_origins"),
    ("jwt_configuration", "issuer"),
    ("auth_parameters", "oauth", "authorization_endpoint"),
)


class PlainHttp(Policy):
    number = 6
    title = "No endpoint, integration, origin or token issuer uses plain HTTP"
    resources = (
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_authorizer",
        "aws_apigatewayv2_integration",
        "aws_cloudwatch_event_api_destination",
        "aws_cloudwatch_event_connection",
        "aws_sns_topic_subscription",
    )

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        values = [value(conf, *path) for path in _URL_ATTRIBUTES]
        addresses = [address for item in values for address in (item if isinstance(item, list) else [item])]
        if any(isinstance(address, str) and _PLAIN_HTTP.match(address) for address in addresses):
            return False
        return None if any(is_unknown(address) for address in addresses) else True


check = PlainHttp()
