mock_provider "aws" { source = "../../testing" }

variables {
  name        = "orderflow-dev-app"
  platform    = "firebase"
  credential  = "{\"type\":\"service_account\",\"private_key\":\"not-a-key\"}"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "a_name_with_a_slash_and_an_unknown_push_service_are_refused" {
  command = plan
  variables {
    name     = "orderflow/app"
    platform = "windows"
  }
  expect_failures = [var.name, var.platform]
}

run "a_legacy_api_key_and_a_team_are_refused_for_firebase" {
  command = plan
  variables {
    credential = "AIzaSyLegacy"
    apple      = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }
  expect_failures = [var.credential, var.apple]
}

run "no_signing_key_and_no_team_are_refused_for_apple" {
  command = plan
  variables {
    platform   = "apple"
    credential = "not-a-key"
  }
  expect_failures = [var.credential, var.apple]
}

run "a_team_id_that_is_none_is_refused" {
  command = plan
  variables {
    platform   = "apple"
    credential = "-----BEGIN PRIVATE KEY-----"
    apple      = { key_id = "ABCDE12345", team_id = "Example Ltd", bundle_id = "com.example.orders" }
  }
  expect_failures = [var.apple]
}
