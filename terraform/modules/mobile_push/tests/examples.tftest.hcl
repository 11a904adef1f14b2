# The README shows these examples; each is planned here as it stands there.
mock_provider "aws" {
  source = "../../testing"
}

run "example_firebase_registers_the_app" {
  providers = { aws = aws }
  module { source = "./examples/firebase" }
  variables { service_account_key = "{\"private_key\":\"not-a-key\"}" }

  assert {
    condition     = module.app.application_arn != ""
    error_message = "The example must make a platform application."
  }
}

run "example_apple_registers_the_app" {
  providers = { aws = aws }
  module { source = "./examples/apple" }
  variables { signing_key = "-----BEGIN PRIVATE KEY-----\nnot-a-key\n-----END PRIVATE KEY-----" }

  assert {
    condition     = module.app.application_arn != ""
    error_message = "The example must make a platform application."
  }
}
