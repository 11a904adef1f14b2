mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-storefront"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  routes = {
    "POST /orders" = {
      function_name = "shop-dev-storefront_api"
      invoke_arn    = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-storefront_api/invocations"
    }
  }
}

run "a_name_with_spaces_is_refused" {
  command = plan

  variables {
    name = "shop storefront"
  }

  expect_failures = [var.name]
}

run "a_key_alias_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/shop-dev"
  }

  expect_failures = [var.kms_key_arn]
}

run "an_api_without_routes_is_refused" {
  command = plan

  variables {
    routes = {}
  }

  expect_failures = [var.routes]
}

run "a_route_without_a_method_is_refused" {
  command = plan

  variables {
    routes = { "/orders" = { function_name = "storefront_api", invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/x" } }
  }

  expect_failures = [var.routes]
}

run "an_issuer_over_plain_http_is_refused" {
  command = plan

  variables {
    jwt_authorizer = { issuer = "http://login.example.com/", audience = ["shop-app"] }
  }

  expect_failures = [var.jwt_authorizer]
}

run "a_token_for_anybody_is_refused" {
  command = plan

  variables {
    jwt_authorizer = { issuer = "https://login.example.com/", audience = [] }
  }

  expect_failures = [var.jwt_authorizer]
}

run "throttling_that_refuses_everything_is_refused" {
  command = plan

  variables {
    throttling = { rate_limit = 0 }
  }

  expect_failures = [var.throttling]
}

run "cors_for_every_site_is_refused" {
  command = plan

  variables {
    cors = { allow_origins = ["*"], allow_methods = ["GET"] }
  }

  expect_failures = [var.cors]
}

run "a_latency_alarm_beyond_the_gateways_timeout_is_refused" {
  command = plan

  variables {
    latency_alarm_milliseconds = 30001
  }

  expect_failures = [var.latency_alarm_milliseconds]
}

run "a_retention_that_cloudwatch_does_not_offer_is_refused" {
  command = plan

  variables {
    log_retention_days = 42
  }

  expect_failures = [var.log_retention_days]
}
