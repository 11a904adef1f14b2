from typing import Any

from orderflow_policy import Policy, combine_verdicts, is_between, value


class ApiStage(Policy):
    number = 11
    title = "An API's stage has throttling limits and an access log"
    resources = ("aws_apigatewayv2_stage",)

    def evaluate(self, conf: dict[str, Any]) -> bool | None:
        return combine_verdicts(
            [
                is_between(value(conf, "default_route_settings", "throttling_rate_limit"), 1, 10_000),
                is_between(value(conf, "default_route_settings", "throttling_burst_limit"), 1, 5_000),
                value(conf, "access_log_settings", "destination_arn") is not None,
            ]
        )


check = ApiStage()
