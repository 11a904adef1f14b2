mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment      = "dev"
  storefront       = { jwt = { issuer = "https://identity.shop.test", audience = ["storefront"] } }
  payment_provider = { endpoint = "https://payments.shop.test", api_key = "key" }
}

run "relay_reads_the_stream_alone_by_default" {
  command = plan

  assert {
    condition     = length(module.stream_reader) == 0 && keys(local.dead_letters.bucket) == ["relay"]
    error_message = "A second reader is an option."
  }
}

run "second_reader_has_a_mapping_of_its_own_and_a_place_for_what_it_cannot_handle" {
  command = plan

  variables {
    stream_readers = {
      expiry_audit = {
        package         = "../../dist/relay.zip"
        filter_patterns = ["{\"eventName\": [\"REMOVE\"]}"]
        permissions     = { keep_lines = { actions = ["dynamodb:PutItem"], resources = ["arn:aws:dynamodb:eu-west-1:111122223333:table/audit"] } }
      }
    }
  }

  assert {
    condition     = output.functions.expiry_audit.name == "orderflow-dev-expiry_audit" && keys(module.stream_reader["expiry_audit"].event_source_mapping_ids) == ["orders"]
    error_message = "The reader is a function like the others, with the stream as its source."
  }

  assert {
    condition = local.dead_letters.bucket == {
      relay        = { bucket = "orderflow-dev-stream-failures-111122223333", to = "orderflow-dev-relay:live" }
      expiry_audit = { bucket = "orderflow-dev-expiry-audit-failures-111122223333", to = "orderflow-dev-expiry_audit:live" }
    }
    error_message = "What it cannot handle must go back to it, and never to the relay."
  }
}

run "third_reader_of_the_stream_is_refused" {
  command = plan
  variables {
    stream_readers = { expiry_audit = { package = "../../dist/relay.zip" }, search_index = { package = "../../dist/relay.zip" } }
  }
  expect_failures = [var.stream_readers]
}

run "reader_named_like_one_of_our_functions_is_refused" {
  command = plan
  variables { stream_readers = { relay = { package = "../../dist/relay.zip" } } }
  expect_failures = [var.stream_readers]
}
