mock_provider "aws" {
  source = "../../testing"
}

run "the_http_function_of_the_readme_applies" {
  module { source = "./examples/http" }

  assert {
    condition     = module.function.function_name == "shop-dev-storefront_api" && module.function.dead_letter_queue == null
    error_message = "A function behind an API must have no dead-letter queue."
  }
}

run "the_queue_consumer_of_the_readme_applies" {
  providers = { aws = aws }
  module { source = "./examples/queue_consumer" }

  assert {
    condition     = module.function.dead_letter_queue.name == "shop-dev-warehouse-function-dlq" && keys(module.function.event_source_mapping_ids) == ["orders"]
    error_message = "A queue consumer must have its mapping and its dead-letter queue."
  }
}

run "the_stream_consumer_of_the_readme_applies" {
  providers = { aws = aws }
  module { source = "./examples/stream_consumer" }

  assert {
    condition     = keys(module.function.event_source_mapping_ids) == ["orders"] && module.function.dead_letter_queue == null
    error_message = "A stream reader must have its mapping, and keep its failures in the bucket."
  }
}

run "the_asynchronous_function_of_the_readme_applies" {
  providers = { aws = aws }
  module { source = "./examples/asynchronous" }

  assert {
    condition     = module.function.dead_letter_queue.name == "shop-dev-pos_import-function-dlq"
    error_message = "An asynchronous function must have its dead-letter queue."
  }
}
