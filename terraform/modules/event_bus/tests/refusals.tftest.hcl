mock_provider "aws" { source = "../../testing" }

# tests/infra/test_wrong_combinations.py proves that schema discovery and a customer key are refused together.
variables { name = "orderflow-dev-orders" }

run "malformed_values_are_refused" {
  command = plan
  variables {
    name                      = "my orders"
    partner_event_source_name = null
    kms_key_arn               = "11111111-2222-3333-4444-555555555555"
    archive                   = { retention_days = -1 }
    senders                   = { "partner-shop" = { accounts = ["444455556666"], sources = ["partner.shop"] } }
  }
  expect_failures = [var.name, var.kms_key_arn, var.archive, var.senders]
}

run "a_partner_bus_under_another_name_and_a_sender_that_could_be_anyone_are_refused" {
  command = plan
  variables {
    partner_event_source_name = "aws.partner/example.com/111122223333/orders"
    archive                   = { event_pattern = "{}" }
    senders                   = { everyone = { sources = ["partner.shop"] } }
  }
  expect_failures = [var.name, var.archive, var.senders]
}

run "an_archive_pattern_with_an_unknown_comparison_is_refused" {
  command = plan
  variables { archive = { event_pattern = "{\"source\":[{\"prefx\":\"orderflow.\"}]}" } }
  expect_failures = [aws_cloudwatch_event_archive.this]
}

run "a_name_longer_than_its_archive_may_have_is_refused" {
  command = plan
  variables { name = "a-name-that-is-longer-than-an-archive-name-may-be-on-aws" }
  expect_failures = [aws_cloudwatch_event_archive.this]
}

run "a_wildcard_as_account_is_refused" {
  command = plan
  variables { senders = { shop = { accounts = ["*"], sources = ["partner.shop"] } } }
  expect_failures = [var.senders]
}

run "a_wildcard_as_organization_is_refused" {
  command = plan
  variables { senders = { shop = { organization_id = "*", sources = ["partner.shop"] } } }
  expect_failures = [var.senders]
}

run "a_sender_without_a_source_is_refused" {
  command = plan
  variables { senders = { shop = { accounts = ["444455556666"], sources = [] } } }
  expect_failures = [var.senders]
}

run "a_sender_with_every_source_is_refused" {
  command = plan
  variables { senders = { shop = { accounts = ["444455556666"], sources = ["*"] } } }
  expect_failures = [var.senders]
}
