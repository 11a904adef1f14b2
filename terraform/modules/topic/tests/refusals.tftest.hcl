mock_provider "aws" { source = "../../testing" }

variables {
  name        = "orderflow-dev-order-changes"
  audience    = "systems"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name            = "orders.fifo"
    audience        = "everything"
    kms_key_arn     = "alias/orderflow-dev"
    display_name    = "Bücher"
    publishers      = { "my-shop" = { accounts = ["444455556666"] } }
    delivery_status = { protocols = ["email"] }
  }
  expect_failures = [var.name, var.audience, var.kms_key_arn, var.display_name, var.publishers, var.delivery_status]
}

run "logging_no_protocol_and_a_publisher_that_could_be_anyone_are_refused" {
  command = plan
  variables {
    delivery_status = { protocols = [] }
    publishers      = { someone = {} }
  }
  expect_failures = [var.delivery_status, var.publishers]
}

run "a_publisher_that_is_two_is_refused" {
  command = plan
  variables { publishers = { someone = { accounts = ["444455556666"], organization_id = "o-abcdefghij" } } }
  expect_failures = [var.publishers]
}

run "a_service_without_the_resource_it_publishes_for_is_refused" {
  command = plan
  variables { publishers = { someone = { service = "s3.amazonaws.com" } } }
  expect_failures = [var.publishers]
}

run "a_resource_without_a_service_is_refused" {
  command = plan
  variables { publishers = { someone = { accounts = ["444455556666"], source_arn = "arn:aws:s3:::shop" } } }
  expect_failures = [var.publishers]
}

run "a_service_that_is_no_service_principal_is_refused" {
  command = plan
  variables { publishers = { someone = { service = "s3", source_arn = "arn:aws:s3:::shop" } } }
  expect_failures = [var.publishers]
}

run "a_service_for_the_resources_of_any_account_is_refused" {
  command = plan
  variables { publishers = { someone = { service = "cloudwatch.amazonaws.com", source_arn = "arn:aws:cloudwatch:eu-west-1:*:alarm:x" } } }
  expect_failures = [var.publishers]
}

run "a_wildcard_as_account_is_refused" {
  command = plan
  variables { publishers = { someone = { accounts = ["*"] } } }
  expect_failures = [var.publishers]
}

run "a_wildcard_as_organization_is_refused" {
  command = plan
  variables { publishers = { someone = { organization_id = "*" } } }
  expect_failures = [var.publishers]
}
