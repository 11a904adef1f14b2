mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-storefront"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  routes = { for route, name in { "POST /orders" = "storefront_api", "GET /orders/{order_id}" = "storefront_api", "ANY /status" = "status", "$default" = "storefront_api" } : route => {
    function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-${name}:live"
    invoke_arn   = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-${name}/invocations"
  } }
}

run "each_route_reaches_its_function_and_is_logged_without_personal_data" {
  command = plan
  assert {
    condition     = { for key, route in aws_apigatewayv2_route.this : key => route.route_key } == { for key in keys(var.routes) : key => key }
    error_message = "The API must have exactly the given routes."
  }
  assert {
    condition = alltrue([
      for key, integration in aws_apigatewayv2_integration.this :
      integration.integration_uri == var.routes[key].invoke_arn && integration.integration_type == "AWS_PROXY" && integration.payload_format_version == "2.0"
    ])
    error_message = "Every route must forward the request to its function in payload format 2.0."
  }
  assert {
    condition = toset(values(jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format))) == toset([
      "$context.requestId", "$context.requestTime", "$context.routeKey", "$context.status", "$context.error.responseType",
      "$context.authorizer.error", "$context.responseLatency", "$context.integrationLatency", "$context.integrationStatus",
      "$context.integrationErrorMessage", "$context.responseLength",
    ])
    error_message = "The access log must be JSON with only these fields, without personal data (IP address, user agent, identity, path, query)."
  }
  assert {
    condition = (
      aws_cloudwatch_log_group.access.name == "/aws/vendedlogs/apigateway/shop-dev-storefront"
      && aws_cloudwatch_log_group.access.kms_key_id == var.kms_key_arn
      && aws_cloudwatch_log_group.access.retention_in_days == 30
    )
    error_message = "The access log must be encrypted with the customer managed key and expire."
  }
  assert {
    condition     = length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "Without `cors` there must be no CORS headers."
  }
  assert {
    condition     = length(aws_apigatewayv2_authorizer.this) == 0 && alltrue([for route in aws_apigatewayv2_route.this : route.authorization_type == "NONE"])
    error_message = "Without `jwt_authorizer` there must be no authorizer."
  }
}

run "the_api_may_invoke_a_function_for_its_own_routes_only" {
  assert {
    condition = { for key, permission in aws_lambda_permission.this : key => [permission.function_name, permission.qualifier, permission.principal, permission.source_arn] } == {
      for key, expected in {
        "POST /orders"           = ["storefront_api", "POST/orders"]
        "GET /orders/{order_id}" = ["storefront_api", "GET/orders/{order_id}"]
        "ANY /status"            = ["status", "*/status"]
        "$default"               = ["storefront_api", "$default"]
      } : key => ["arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-${expected[0]}", "live", "apigateway.amazonaws.com", "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/$default/${expected[1]}"]
    }
    error_message = "Each permission must name the API, stage, method and path of its route."
  }
  assert {
    condition     = length(distinct([for permission in aws_lambda_permission.this : permission.statement_id])) == 4
    error_message = "Routes of one function must not overwrite each other's permission."
  }
}

run "every_route_requires_a_token_if_there_is_an_authorizer" {
  command = plan
  variables {
    jwt_authorizer = { issuer = "https://login.example.com/", audience = ["shop-app"], scopes = ["orders:write"] }
    routes         = { "GET /all" = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:all:live", invoke_arn = "arn:all", scopes = ["support"] }, "$default" = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:all:live", invoke_arn = "arn:all" } }
  }
  assert {
    condition = { for key, route in aws_apigatewayv2_route.this : key => "${route.authorization_type} ${one(route.authorization_scopes)}" } == {
      "GET /all" = "JWT support", "$default" = "JWT orders:write"
    }
    error_message = "Every given route, including `$default`, must require a token with its own scopes or, by default, the authorizer's."
  }
  assert {
    condition = (
      aws_apigatewayv2_authorizer.this[0].jwt_configuration[0].issuer == "https://login.example.com/"
      && aws_apigatewayv2_authorizer.this[0].jwt_configuration[0].audience == toset(["shop-app"])
      && aws_apigatewayv2_authorizer.this[0].identity_sources == toset(["$request.header.Authorization"])
    )
    error_message = "The authorizer must check the issuer and audience of the token in the Authorization header."
  }
}

run "named_origins_may_call_the_api_within_the_limits" {
  command = plan
  variables {
    cors       = { allow_origins = ["https://shop.example.com"], allow_methods = ["POST"], allow_headers = ["content-type"] }
    throttling = { rate_limit = 50, burst_limit = 80 }
  }
  assert {
    condition = (
      aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 50
      && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 80
      && aws_apigatewayv2_stage.this.default_route_settings[0].detailed_metrics_enabled
    )
    error_message = "The given limits must apply to every route."
  }
  assert {
    condition = (
      aws_apigatewayv2_api.this.cors_configuration[0].allow_origins == toset(["https://shop.example.com"])
      && aws_apigatewayv2_api.this.cors_configuration[0].allow_methods == toset(["POST"])
      && aws_apigatewayv2_api.this.cors_configuration[0].allow_headers == toset(["content-type"])
      && !aws_apigatewayv2_api.this.cors_configuration[0].allow_credentials
    )
    error_message = "Only the named origins, methods and headers may be allowed, and no credentials."
  }
}

run "preflight_requests_need_no_token" {
  command = plan
  variables {
    jwt_authorizer = { issuer = "https://login.example.com/", audience = ["shop-app"] }
    cors           = { allow_origins = ["https://shop.example.com"], allow_methods = ["POST"] }
  }
  assert {
    condition = (
      [for route in aws_apigatewayv2_route.this : route.route_key if route.authorization_type == "NONE"] == ["OPTIONS /{proxy+}"]
      && length([for route in aws_apigatewayv2_route.this : route if route.authorization_type == "JWT"]) == length(var.routes)
    )
    error_message = "Only the preflight route may accept requests without a token; `$default` would reject preflight requests."
  }
  assert {
    condition     = strcontains(aws_lambda_permission.this["OPTIONS /{proxy+}"].source_arn, "/OPTIONS/{proxy+}")
    error_message = "The preflight route must also be allowed to invoke the function of `$default`."
  }
}

run "a_domain_replaces_the_default_endpoint_and_errors_raise_alarms" {
  variables {
    domain                     = { name = "api.shop.example", certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555" }
    latency_alarm_milliseconds = 1500
    alarm_topic_arn            = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
  }
  assert {
    condition = (
      module.alarms.alarms["shop-dev-storefront-5xx"].metric_name == "5xx"
      && module.alarms.alarms["shop-dev-storefront-5xx"].threshold == 0
      && module.alarms.alarms["shop-dev-storefront-latency"].metric_name == "Latency"
      && module.alarms.alarms["shop-dev-storefront-latency"].extended_statistic == "p99"
      && module.alarms.alarms["shop-dev-storefront-latency"].threshold == 1500
    )
    error_message = "Any server error and a high p99 latency must each raise an alarm."
  }
  assert {
    condition = alltrue([
      for alarm in module.alarms.alarms :
      alarm.dimensions == tomap({ ApiId = "a1b2c3d4e5" }) && alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"])
    ])
    error_message = "Both alarms must watch this API and notify the given topic."
  }
  assert {
    condition     = aws_apigatewayv2_api.this.disable_execute_api_endpoint && aws_apigatewayv2_api_mapping.this[0].domain_name == "api.shop.example" && output.api_endpoint == "https://api.shop.example"
    error_message = "The API must be reachable only at its own domain."
  }
}

run "both_endpoints_work_when_domain_only_is_false" {
  variables { domain = { name = "api.shop.example", certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555", only = false } }
  assert {
    condition     = !aws_apigatewayv2_api.this.disable_execute_api_endpoint && output.api_endpoint == "https://api.shop.example"
    error_message = "The default endpoint must keep working if `domain.only` is false."
  }
}

run "a_name_too_long_for_the_permission_of_a_route_is_refused" {
  command = plan
  variables { name = "a234567890123456789012345678901234567890123456789012345678901234567890123456789012345678" }
  expect_failures = [var.name]
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name                       = "shop storefront"
    kms_key_arn                = "alias/shop-dev"
    routes                     = {}
    jwt_authorizer             = { issuer = "http://login.example.com/", audience = ["shop-app"] }
    throttling                 = { rate_limit = 0 }
    cors                       = { allow_origins = ["*"], allow_methods = ["GET"] }
    latency_alarm_milliseconds = 30001
  }
  expect_failures = [var.name, var.kms_key_arn, var.routes, var.jwt_authorizer, var.throttling, var.cors, var.latency_alarm_milliseconds]
}

run "a_route_without_a_method_and_an_empty_audience_are_refused" {
  command = plan
  variables {
    routes         = { "/orders" = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:storefront_api", invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/x" } }
    jwt_authorizer = { issuer = "https://login.example.com/", audience = [] }
  }
  expect_failures = [var.routes, var.jwt_authorizer]
}
