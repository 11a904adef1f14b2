mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "shop-dev-payment-deadline"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  expression  = "rate(5 minutes)"
  target      = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline" }
}

run "a_name_too_long_for_its_role_is_refused" {
  command = plan

  variables {
    name = "shop-dev-a-schedule-whose-name-leaves-no-room-for-its-role"
  }

  expect_failures = [var.name]
}

run "a_key_alias_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/shop-dev"
  }

  expect_failures = [var.kms_key_arn]
}

run "an_event_pattern_in_place_of_a_time_is_refused" {
  command = plan

  variables {
    expression = jsonencode({ source = ["shop"] })
  }

  expect_failures = [var.expression]
}

run "a_cron_expression_of_five_fields_is_refused" {
  command = plan

  variables {
    expression = "cron(0 6 * * *)"
  }

  expect_failures = [var.expression]
}

run "a_time_zone_abbreviation_is_refused" {
  command = plan

  variables {
    timezone = "CET+1"
  }

  expect_failures = [var.timezone]
}

run "a_window_over_a_day_is_refused" {
  command = plan

  variables {
    flexible_window_minutes = 1441
  }

  expect_failures = [var.flexible_window_minutes]
}

run "two_targets_are_refused" {
  command = plan

  variables {
    target = {
      function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline"
      queue_arn    = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports"
    }
  }

  expect_failures = [var.target]
}

run "no_target_is_refused" {
  command = plan

  variables {
    target = {}
  }

  expect_failures = [var.target]
}

run "a_fifo_queue_is_refused" {
  command = plan

  variables {
    target = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports.fifo" }
  }

  expect_failures = [var.target]
}

run "an_input_that_is_no_json_is_refused" {
  command = plan

  variables {
    target = {
      function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline"
      input        = "due now"
    }
  }

  expect_failures = [var.target]
}

run "more_attempts_than_scheduler_makes_are_refused" {
  command = plan

  variables {
    retry = { maximum_attempts = 186 }
  }

  expect_failures = [var.retry]
}

run "an_invocation_older_than_a_day_is_refused" {
  command = plan

  variables {
    retry = { maximum_event_age_seconds = 86401 }
  }

  expect_failures = [var.retry]
}
