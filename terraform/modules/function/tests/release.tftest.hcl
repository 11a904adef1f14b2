mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-storefront_api"
  function    = "example"
  package     = "./tests/package.zip"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  invocation  = "synchronous"
}

run "a_released_package_tells_the_commit_it_was_built_from" {
  command = plan

  variables {
    package = "./tests/released.zip"
  }

  assert {
    condition     = aws_lambda_function.this.tags == tomap({ commit = "0123456789abcdef0123456789abcdef01234567" })
    error_message = "Whoever sees the function must find the code that it runs."
  }
}

run "a_package_built_since_the_release_tells_no_commit" {
  command = plan

  variables {
    package = "./tests/stale.zip"
  }

  assert {
    condition     = aws_lambda_function.this.tags == null
    error_message = "A wrong commit is worse than none."
  }
}

run "a_package_that_is_no_release_tells_no_commit" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.tags == null
    error_message = "A package from a working tree belongs to no commit."
  }
}
