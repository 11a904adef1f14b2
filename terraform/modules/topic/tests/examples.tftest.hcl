# The README shows these examples; each is planned here as it stands there.
mock_provider "aws" {
  source = "../../testing"
}

run "example_orders_makes_a_topic_for_systems" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/orders" }

  assert {
    condition     = module.topic.topic_name == "shop-dev-order-changes" && module.topic.topic.audience == "systems"
    error_message = "The topic must be for systems."
  }
}

run "example_notices_makes_a_topic_for_people" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/notices" }

  assert {
    condition     = module.topic.topic_name == "shop-dev-notices" && module.topic.topic.audience == "people"
    error_message = "The topic must be for people."
  }
}

run "example_aws_services_lets_alarms_files_and_the_company_publish" {
  command = plan
  module { source = "./examples/aws_services" }

  assert {
    condition     = module.topic.topic_name == "shop-dev-operations"
    error_message = "The example must make a topic."
  }
}
