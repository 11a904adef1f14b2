mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "orderflow-dev-order-changes"
  carries     = "orders"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "refuses_a_fifo_topic" {
  command = plan

  variables {
    name = "orders.fifo"
  }

  expect_failures = [var.name]
}

run "refuses_a_topic_that_carries_neither_orders_nor_notices" {
  command = plan

  variables {
    carries = "everything"
  }

  expect_failures = [var.carries]
}

run "refuses_a_key_id_without_its_arn" {
  command = plan

  variables {
    kms_key_arn = "alias/orderflow-dev"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_a_display_name_that_no_phone_can_show" {
  command = plan

  variables {
    display_name = "Bücher"
  }

  expect_failures = [var.display_name]
}

run "refuses_a_publisher_key_that_is_no_statement_id" {
  command = plan

  variables {
    publishers = { "my-shop" = { accounts = ["444455556666"] } }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_publisher_that_could_be_anyone" {
  command = plan

  variables {
    publishers = { someone = {} }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_publisher_that_is_two" {
  command = plan

  variables {
    publishers = { someone = { accounts = ["444455556666"], organization_id = "o-abcdefghij" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_service_without_the_resource_it_publishes_for" {
  command = plan

  variables {
    publishers = { someone = { service = "s3.amazonaws.com" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_resource_without_a_service" {
  command = plan

  variables {
    publishers = { someone = { accounts = ["444455556666"], source_arn = "arn:aws:s3:::shop" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_service_that_is_no_service_principal" {
  command = plan

  variables {
    publishers = { someone = { service = "s3", source_arn = "arn:aws:s3:::shop" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_service_for_any_resource" {
  command = plan

  variables {
    publishers = { someone = { service = "s3.amazonaws.com", source_arn = "*" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_a_service_for_the_resources_of_any_account" {
  command = plan

  variables {
    publishers = { someone = { service = "cloudwatch.amazonaws.com", source_arn = "arn:aws:cloudwatch:eu-west-1:*:alarm:x" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_an_account_that_is_not_an_account_id" {
  command = plan

  variables {
    publishers = { someone = { accounts = ["*"] } }
  }

  expect_failures = [var.publishers]
}

run "refuses_an_organization_that_is_not_an_organization_id" {
  command = plan

  variables {
    publishers = { someone = { organization_id = "*" } }
  }

  expect_failures = [var.publishers]
}

run "refuses_to_log_the_delivery_of_email" {
  command = plan

  variables {
    delivery_status = { protocols = ["email"] }
  }

  expect_failures = [var.delivery_status]
}

run "refuses_to_log_no_protocol" {
  command = plan

  variables {
    delivery_status = { protocols = [] }
  }

  expect_failures = [var.delivery_status]
}

run "refuses_to_log_more_than_every_success" {
  command = plan

  variables {
    delivery_status = { protocols = ["sqs"], success_sample_percentage = 101 }
  }

  expect_failures = [var.delivery_status]
}

run "refuses_an_unknown_way_of_tracing" {
  command = plan

  variables {
    tracing = "On"
  }

  expect_failures = [var.tracing]
}
