mock_provider "aws" {
  source = "../../testing"
}

variables {
  name          = "orderflow-dev-router"
  bus_name      = "orderflow-dev-orders"
  event_pattern = "{\"source\":[\"orderflow.webhooks\"]}"
  targets = {
    intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } }
  }
}

run "refuses_an_api_destination_without_its_secret" {
  command = plan

  variables {
    targets = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } }
  }

  expect_failures = [var.connection_secrets]
}

run "refuses_a_secret_without_an_api_destination" {
  command = plan

  variables {
    connection_secrets = { intake = "s3cret" }
  }

  expect_failures = [var.connection_secrets]
}

run "refuses_plain_http" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "http://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_api_destination.this]
}

run "refuses_plain_http_to_a_host_that_only_begins_like_this_machine" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "http://localhost.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_api_destination.this]
}

run "refuses_an_endpoint_with_a_password_in_it" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://user:pass@payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_api_destination.this]
}

run "refuses_a_method_that_api_destinations_do_not_have" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } }, method = "TRACE" } } }
  }

  expect_failures = [aws_cloudwatch_event_api_destination.this]
}

run "refuses_a_rate_below_one_a_second" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } }, invocations_per_second = 0 } } }
  }

  expect_failures = [aws_cloudwatch_event_api_destination.this]
}

run "refuses_a_path_without_its_values" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/orders/*", connection = { api_key = { header = "X-Api-Key" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_api_destination.this]
}

run "refuses_a_connection_without_a_way_to_authorize" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = {} } } }
  }

  expect_failures = [aws_cloudwatch_event_connection.this]
}

run "refuses_a_connection_with_two_ways_to_authorize" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" }, basic = { username = "orderflow" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_connection.this]
}

run "refuses_to_send_the_client_secret_in_the_clear" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { oauth = { token_endpoint = "http://login.example.com/token", client_id = "orderflow" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_connection.this]
}

run "refuses_a_token_request_by_delete" {
  command = plan

  variables {
    connection_secrets = { t = "s3cret" }
    targets            = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { oauth = { token_endpoint = "https://login.example.com/token", client_id = "orderflow", method = "DELETE" } } } } }
  }

  expect_failures = [aws_cloudwatch_event_connection.this]
}
