mock_provider "aws" {
  source          = "../../terraform/testing"
  override_during = plan
}

override_data {
  target          = data.aws_ssm_parameter.topic_arn
  override_during = plan

  values = { insecure_value = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes" }
}

variables {
  environment  = "dev"
  packages_dir = "tests/packages"
}

run "the_topic_is_looked_up_and_subscribed_to_once" {
  command = plan
  assert {
    condition     = data.aws_ssm_parameter.topic_arn.name == "/orderflow/dev/topic_arn"
    error_message = "The topic must be looked up under var.project and var.environment."
  }
  assert {
    condition     = keys(module.subscription.subscription_arns) == ["award_points"]
    error_message = "The root module must have exactly one subscription, award_points."
  }
}

run "names_have_the_team_prefix_and_each_hop_has_a_dead_letter_queue" {
  command = plan
  assert {
    condition = alltrue([
      for name in [module.deliveries.queue_name, module.award_points.function_name, module.points.table_name] : startswith(name, "loyalty-dev-")
    ])
    error_message = "Every name must begin with the team's prefix; the key policy covers no other names."
  }
  assert {
    condition     = alltrue([for url in values(output.dead_letter_queue_urls) : url != null])
    error_message = "The subscription, the queue and the function must each have a dead-letter queue."
  }
}

run "a_team_named_like_the_project_is_refused" {
  command = plan
  variables { team = "orderflow" }
  expect_failures = [var.team]
}
