mock_provider "aws" {
  source = "../../testing"
}

run "the_topic_subscriber_of_the_readme_applies" {
  module { source = "./examples/topic_subscriber" }

  assert {
    condition     = module.queue.queue_name == "shop-dev-warehouse" && module.queue.dead_letter_queue.name == "shop-dev-warehouse-dlq"
    error_message = "The example must make a queue and its dead-letter queue."
  }

  assert {
    condition     = aws_sns_topic_subscription.warehouse.endpoint == module.queue.queue_arn
    error_message = "The example must subscribe the queue to the topic."
  }
}

run "the_fifo_queue_of_the_readme_applies" {
  providers = { aws = aws }
  module { source = "./examples/fifo" }

  assert {
    condition     = module.queue.queue_name == "shop-dev-invoices.fifo"
    error_message = "The example must make a FIFO queue."
  }
}
