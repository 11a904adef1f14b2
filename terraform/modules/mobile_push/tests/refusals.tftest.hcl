mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "orderflow-dev-app"
  platform    = "firebase"
  credential  = "{\"type\":\"service_account\",\"private_key\":\"not-a-key\"}"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "refuses_a_name_with_a_slash" {
  command = plan

  variables {
    name = "orderflow/app"
  }

  expect_failures = [var.name]
}

run "refuses_a_push_service_it_does_not_know" {
  command = plan

  variables {
    platform   = "windows"
    credential = "-----BEGIN PRIVATE KEY-----"
    apple      = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }

  expect_failures = [var.platform]
}

run "refuses_a_legacy_api_key_for_firebase" {
  command = plan

  variables {
    credential = "AIzaSyLegacy"
  }

  expect_failures = [var.credential]
}

run "refuses_an_apple_credential_that_is_no_signing_key" {
  command = plan

  variables {
    platform   = "apple"
    credential = "not-a-key"
    apple      = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }

  expect_failures = [var.credential]
}

run "refuses_apple_without_its_team" {
  command = plan

  variables {
    platform   = "apple"
    credential = "-----BEGIN PRIVATE KEY-----"
  }

  expect_failures = [var.apple]
}

run "refuses_a_team_for_firebase" {
  command = plan

  variables {
    apple = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }

  expect_failures = [var.apple]
}

run "refuses_a_team_id_that_is_none" {
  command = plan

  variables {
    platform   = "apple"
    credential = "-----BEGIN PRIVATE KEY-----"
    apple      = { key_id = "ABCDE12345", team_id = "Example Ltd", bundle_id = "com.example.orders" }
  }

  expect_failures = [var.apple]
}
