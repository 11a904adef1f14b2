mock_provider "aws" {
  source = "../../testing"
}

variables {
  name               = "orderflow-dev-payment"
  bus_name           = "orderflow-dev-orders"
  event_pattern      = "{\"source\":[\"orderflow.finance\"],\"detail-type\":[\"PaymentRequested\"]}"
  connection_secrets = { provider = "s3cret" }
  targets = {
    provider = {
      api_destination = {
        endpoint               = "https://payments.example.com/v1/payments"
        invocations_per_second = 50
        header_parameters      = { "Idempotency-Key" = "$.detail.data.idempotency_key" }
        query_parameters       = { order = "$.detail.data.order_id" }
        connection             = { api_key = { header = "X-Api-Key" } }
      }
    }
  }
}

run "acts_once_and_only_for_this_accounts_events" {
  command = plan

  assert {
    condition     = jsondecode(output.event_pattern) == { source = ["orderflow.finance"], detail-type = ["PaymentRequested"], account = ["111122223333"], replay-name = [{ exists = false }] }
    error_message = "An API destination has effects outside: its rule must pin the account and leave out replays, unasked."
  }
}

run "calls_the_endpoint_with_what_the_event_says_and_at_a_limited_rate" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_api_destination.this["provider"].invocation_endpoint == "https://payments.example.com/v1/payments" && aws_cloudwatch_event_api_destination.this["provider"].http_method == "POST" && aws_cloudwatch_event_api_destination.this["provider"].invocation_rate_limit_per_second == 50
    error_message = "The destination must have the endpoint, method and rate it was given."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["provider"].http_target).header_parameters["Idempotency-Key"] == "$.detail.data.idempotency_key" && one(aws_cloudwatch_event_target.this["provider"].http_target).query_string_parameters.order == "$.detail.data.order_id"
    error_message = "Headers and query must be taken from the event."
  }
}

run "may_invoke_this_destination_and_no_other" {
  assert {
    condition     = jsondecode(aws_iam_role_policy.target["provider"].policy).Statement == [{ Sid = "CallDestination", Effect = "Allow", Action = ["events:InvokeApiDestination"], Resource = [aws_cloudwatch_event_api_destination.this["provider"].arn] }]
    error_message = "The role must be able to invoke this destination only."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this["provider"].role_arn == aws_iam_role.target["provider"].arn && aws_cloudwatch_event_target.this["provider"].arn == output.api_destination_arns.provider
    error_message = "The target must be the destination, with that role."
  }
}

run "authorizes_with_an_api_key" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_connection.this["provider"].authorization_type == "API_KEY" && one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).api_key).key == "X-Api-Key" && nonsensitive(one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).api_key).value) == "s3cret"
    error_message = "The key must be sent in the header that was named."
  }
}

run "authorizes_with_a_user_and_password" {
  command = plan
  variables { targets = { provider = { api_destination = { endpoint = "https://payments.example.com/", connection = { basic = { username = "orderflow" } } } } } }

  assert {
    condition     = aws_cloudwatch_event_connection.this["provider"].authorization_type == "BASIC" && one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).basic).username == "orderflow" && nonsensitive(one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).basic).password) == "s3cret"
    error_message = "User and password must be those that were given."
  }
}

run "authorizes_with_oauth_client_credentials" {
  command = plan

  variables {
    targets = { provider = { api_destination = {
      endpoint = "https://payments.example.com/"
      connection = { oauth = {
        token_endpoint   = "https://login.example.com/token"
        client_id        = "orderflow"
        body_parameters  = { grant_type = "client_credentials", scope = "payments" }
        query_parameters = { tenant = "shop" }
      } }
    } } }
  }

  assert {
    condition     = aws_cloudwatch_event_connection.this["provider"].authorization_type == "OAUTH_CLIENT_CREDENTIALS" && one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).oauth).authorization_endpoint == "https://login.example.com/token"
    error_message = "The token must come from the endpoint that was given."
  }

  assert {
    condition     = one(one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).oauth).client_parameters).client_id == "orderflow" && nonsensitive(one(one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).oauth).client_parameters).client_secret) == "s3cret"
    error_message = "Client id and secret must be those that were given."
  }

  assert {
    condition     = { for parameter in one(one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).oauth).oauth_http_parameters).body : parameter.key => parameter.value } == { grant_type = "client_credentials", scope = "payments" } && one(one(one(one(aws_cloudwatch_event_connection.this["provider"].auth_parameters).oauth).oauth_http_parameters).query_string).value == "shop"
    error_message = "The token request must carry the body and query parameters that were given."
  }
}

run "keeps_the_secret_under_a_customer_key" {
  command = plan

  variables {
    targets = { provider = { api_destination = {
      endpoint   = "https://payments.example.com/"
      connection = { api_key = { header = "X-Api-Key" }, kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
    } } }
  }

  assert {
    condition     = aws_cloudwatch_event_connection.this["provider"].kms_key_identifier == "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
    error_message = "The connection's secret must be encrypted with that key."
  }
}

run "adds_nothing_to_the_call_unless_told" {
  command = plan
  variables { targets = { provider = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } } }

  assert {
    condition     = length(aws_cloudwatch_event_target.this["provider"].http_target) == 0
    error_message = "Without parameters there must be no block for them: AWS reads an empty one back as none."
  }
}

run "fills_the_path_from_the_event" {
  command = plan

  variables {
    targets = { provider = { api_destination = {
      endpoint        = "https://payments.example.com/orders/*/payments/*"
      path_parameters = ["$.detail.data.order_id", "$.detail.data.payment_id"]
      connection      = { api_key = { header = "X-Api-Key" } }
    } } }
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["provider"].http_target).path_parameter_values == tolist(["$.detail.data.order_id", "$.detail.data.payment_id"])
    error_message = "Each * in the endpoint must have its value, in order."
  }
}
