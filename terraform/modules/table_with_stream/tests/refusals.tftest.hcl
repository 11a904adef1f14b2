mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-orders"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  attributes  = { order_id = "S" }
  key         = { hash = "order_id" }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name          = "shop dev orders"
    kms_key_arn   = "alias/shop-dev"
    ttl_attribute = "order_id"
    capacity      = { provisioned = { read_units = 1, write_units = 0 } }
  }

  expect_failures = [var.name, var.kms_key_arn, var.ttl_attribute, var.capacity]
}

run "a_ceiling_on_provisioned_capacity_is_refused" {
  command = plan
  variables { capacity = { provisioned = { read_units = 1, write_units = 1 }, on_demand_ceiling = { read_units = 1, write_units = 1 } } }
  expect_failures = [var.capacity]
}

run "a_key_without_its_attribute_is_refused" {
  command = plan
  variables { key = { hash = "order_id", range = "version" } }
  expect_failures = [var.attributes]
}

run "an_attribute_that_is_no_key_is_refused" {
  command = plan
  variables { attributes = { order_id = "S", status = "S" } }
  expect_failures = [var.attributes]
}

run "included_attributes_without_the_projection_are_refused" {
  command = plan
  variables { global_secondary_indexes = { by_order = { hash_key = "order_id", projection = "ALL", non_key_attributes = ["version"] } } }
  expect_failures = [var.global_secondary_indexes]
}

run "an_empty_inclusion_is_refused" {
  command = plan
  variables { global_secondary_indexes = { by_order = { hash_key = "order_id", projection = "INCLUDE" } } }
  expect_failures = [var.global_secondary_indexes]
}

run "more_than_twenty_indexes_are_refused" {
  command = plan
  variables { global_secondary_indexes = { for number in range(21) : "by_order_${number}" => { hash_key = "order_id" } } }
  expect_failures = [var.global_secondary_indexes]
}
