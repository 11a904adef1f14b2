mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-consumer"
  function    = "example"
  package     = "./tests/package.zip"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  invocation  = "synchronous"
}

run "a_name_too_long_for_a_role_is_refused" {
  command = plan

  variables {
    name = "shop-dev-a-function-whose-name-is-longer-than-the-64-characters-of-a-role"
  }

  expect_failures = [var.name]
}

run "a_function_that_is_no_python_package_is_refused" {
  command = plan

  variables {
    function = "storefront-api"
  }

  expect_failures = [var.function]
}

run "a_package_that_was_not_built_is_refused" {
  command = plan

  variables {
    package = "./tests/missing.zip"
  }

  expect_failures = [var.package]
}

run "a_package_that_is_no_zip_is_refused" {
  command = plan

  variables {
    package = "./main.tf"
  }

  expect_failures = [var.package]
}

run "a_key_alias_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/shop-dev"
  }

  expect_failures = [var.kms_key_arn]
}

run "an_unknown_invocation_is_refused" {
  command = plan

  variables {
    invocation = "async"
  }

  expect_failures = [var.invocation]
}

run "a_polled_function_without_sources_is_refused" {
  command = plan

  variables {
    invocation = "polled"
  }

  expect_failures = [var.queue_sources]
}

run "a_synchronous_function_with_sources_is_refused" {
  command = plan

  variables {
    queue_sources = {
      orders = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-orders", visibility_timeout_seconds = 180 }
    }
  }

  expect_failures = [var.queue_sources]
}

run "a_variable_that_lambda_reserves_is_refused" {
  command = plan

  variables {
    environment = { AWS_REGION = "eu-west-1" }
  }

  expect_failures = [var.environment]
}

run "a_variable_that_the_module_sets_is_refused" {
  command = plan

  variables {
    environment = { DEAD_LETTER_QUEUE_URL = "https://example.com/queue" }
  }

  expect_failures = [var.environment]
}

run "a_permission_key_that_makes_no_statement_id_is_refused" {
  command = plan

  variables {
    permissions = { "read orders" = { actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"] } }
  }

  expect_failures = [var.permissions]
}

run "a_permission_with_a_wildcard_action_is_refused" {
  command = plan

  variables {
    permissions = { read = { actions = ["dynamodb:*"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"] } }
  }

  expect_failures = [var.permissions]
}

run "a_permission_on_every_resource_is_refused" {
  command = plan

  variables {
    permissions = { read = { actions = ["dynamodb:GetItem"], resources = ["*"] } }
  }

  expect_failures = [var.permissions]
}

run "a_permission_without_actions_is_refused" {
  command = plan

  variables {
    permissions = { read = { actions = [], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"] } }
  }

  expect_failures = [var.permissions]
}

run "too_little_memory_is_refused" {
  command = plan

  variables {
    sizing = { memory_mb = 64 }
  }

  expect_failures = [var.sizing]
}

run "a_timeout_over_fifteen_minutes_is_refused" {
  command = plan

  variables {
    sizing = { timeout_seconds = 901 }
  }

  expect_failures = [var.sizing]
}

run "a_reservation_that_stops_the_function_is_refused" {
  command = plan

  variables {
    sizing = { reserved_concurrency = 0 }
  }

  expect_failures = [var.sizing]
}

run "more_asynchronous_retries_than_lambda_makes_are_refused" {
  command = plan

  variables {
    asynchronous_retry = { maximum_retry_attempts = 3 }
  }

  expect_failures = [var.asynchronous_retry]
}

run "an_asynchronous_event_older_than_six_hours_is_refused" {
  command = plan

  variables {
    asynchronous_retry = { maximum_event_age_seconds = 21601 }
  }

  expect_failures = [var.asynchronous_retry]
}

run "a_retention_that_cloudwatch_does_not_offer_is_refused" {
  command = plan

  variables {
    log_retention_days = 42
  }

  expect_failures = [var.log_retention_days]
}
