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

run "the_queue_hears_of_deliveries_of_the_topic_it_found" {
  command = plan
  assert {
    condition     = data.aws_ssm_parameter.topic_arn.name == "/orderflow/dev/topic_arn"
    error_message = "The topic must be looked up under the project and environment that are joined."
  }
  assert {
    condition     = keys(module.subscription.subscription_arns) == ["award_points"]
    error_message = "The root must subscribe its one queue, and nothing else."
  }
}

run "names_stay_apart_from_the_running_system" {
  command = plan
  assert {
    condition = alltrue([
      for name in [module.deliveries.queue_name, module.award_points.function_name, module.points.table_name] : startswith(name, "loyalty-dev-")
    ])
    error_message = "Everything must carry the team's own prefix: its key is for names that begin so."
  }
  assert {
    condition     = alltrue([for url in values(output.dead_letter_queue_urls) : url != null])
    error_message = "What cannot be handled must have a place at each hop: subscription, queue and function."
  }
}

run "a_team_cannot_take_the_name_of_the_system" {
  command = plan
  variables { team = "orderflow" }
  expect_failures = [var.team]
}
