mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-storefront"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  routes = {
    "POST /orders" = {
      function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-storefront_api:live"
      invoke_arn   = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-storefront_api/invocations"
    }
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
  expect_failures = [
    var.name, var.kms_key_arn, var.routes, var.jwt_authorizer, var.throttling, var.cors, var.latency_alarm_milliseconds,
  ]
}

run "a_route_without_a_method_and_a_token_for_anybody_are_refused" {
  command = plan
  variables {
    routes         = { "/orders" = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:storefront_api", invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/x" } }
    jwt_authorizer = { issuer = "https://login.example.com/", audience = [] }
  }
  expect_failures = [var.routes, var.jwt_authorizer]
}
