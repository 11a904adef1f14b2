mock_provider "aws" { source = "../../testing" }

variables {
  name            = "orderflow-dev-app"
  platform        = "firebase"
  credential      = "{\"type\":\"service_account\",\"private_key\":\"not-a-key\"}"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-alarms"
}

run "a_firebase_application_has_a_key_file_and_logs_failed_pushes" {
  variables { events_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-devices" }
  assert {
    condition     = aws_sns_platform_application.this.platform == "GCM" && nonsensitive(jsondecode(aws_sns_platform_application.this.platform_credential).type) == "service_account" && aws_sns_platform_application.this.platform_principal == null
    error_message = "SNS must receive the service account's key file and no principal."
  }
  assert {
    condition     = aws_sns_platform_application.this.failure_feedback_role_arn == aws_iam_role.delivery_status.arn
    error_message = "Failed deliveries must be logged."
  }
  assert {
    condition     = aws_cloudwatch_log_group.delivery_status.name == "sns/eu-west-1/111122223333/app/GCM/orderflow-dev-app/Failure" && aws_cloudwatch_log_group.delivery_status.retention_in_days == 30 && aws_cloudwatch_log_group.delivery_status.kms_key_id == var.kms_key_arn
    error_message = "The log group must have the name that SNS expects, be encrypted, and have a retention period."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.delivery_status.policy).Statement[0].Resource == ["arn:aws:logs:eu-west-1:111122223333:log-group:sns/eu-west-1/111122223333/app/GCM/orderflow-dev-app/Failure", "arn:aws:logs:eu-west-1:111122223333:log-group:sns/eu-west-1/111122223333/app/GCM/orderflow-dev-app/Failure:*"]
    error_message = "The role may write to this log group only."
  }
  assert {
    condition     = jsondecode(aws_iam_role.delivery_status.assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:111122223333:app/GCM/orderflow-dev-app"] }, StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    error_message = "Only SNS, for this application, may use the role."
  }
  assert {
    condition = toset([
      aws_sns_platform_application.this.event_endpoint_created_topic_arn, aws_sns_platform_application.this.event_endpoint_updated_topic_arn,
      aws_sns_platform_application.this.event_endpoint_deleted_topic_arn, aws_sns_platform_application.this.event_delivery_failure_topic_arn,
    ]) == toset([var.events_topic_arn])
    error_message = "Every event of a device must be published to the given topic."
  }
  assert {
    condition     = module.alarms.alarms["orderflow-dev-app-push-failed"].dimensions == tomap({ Application = "orderflow-dev-app", Platform = "GCM" }) && module.alarms.alarms["orderflow-dev-app-push-failed"].alarm_actions == toset([var.alarm_topic_arn])
    error_message = "A failed push notification must raise an alarm that notifies the given topic."
  }
}

run "an_apple_application_has_the_ids_of_its_key_team_and_bundle" {
  command = plan
  variables {
    platform   = "apple"
    credential = "-----BEGIN PRIVATE KEY-----\nnot-a-key\n-----END PRIVATE KEY-----"
    apple      = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }
  assert {
    condition     = aws_sns_platform_application.this.platform == "APNS" && aws_sns_platform_application.this.platform_principal == "ABCDE12345" && aws_sns_platform_application.this.apple_platform_team_id == "FGHIJ67890" && aws_sns_platform_application.this.apple_platform_bundle_id == "com.example.orders"
    error_message = "SNS must receive the IDs of the signing key, the team and the bundle."
  }
}

run "an_application_can_use_the_apple_sandbox" {
  command = plan
  variables {
    platform   = "apple_sandbox"
    credential = "-----BEGIN PRIVATE KEY-----\nnot-a-key\n-----END PRIVATE KEY-----"
    apple      = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }
  assert {
    condition     = aws_sns_platform_application.this.platform == "APNS_SANDBOX" && module.alarms.alarms["orderflow-dev-app-push-failed"].dimensions.Platform == "APNS_SANDBOX"
    error_message = "With the platform apple_sandbox, the application must use APNS_SANDBOX, and its alarm must watch that platform."
  }
}

run "a_name_with_a_slash_and_an_unknown_push_service_are_refused" {
  command = plan
  variables {
    name     = "orderflow/app"
    platform = "windows"
  }
  expect_failures = [var.name, var.platform]
}

run "a_legacy_api_key_and_a_team_id_are_refused_for_firebase" {
  command = plan
  variables {
    credential = "AIzaSyLegacy"
    apple      = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.orders" }
  }
  expect_failures = [var.credential, var.apple]
}

run "apple_without_a_signing_key_or_team_id_is_refused" {
  command = plan
  variables {
    platform   = "apple"
    credential = "not-a-key"
  }
  expect_failures = [var.credential, var.apple]
}

run "an_invalid_team_id_is_refused" {
  command = plan
  variables {
    platform   = "apple"
    credential = "-----BEGIN PRIVATE KEY-----"
    apple      = { key_id = "ABCDE12345", team_id = "Example Ltd", bundle_id = "com.example.orders" }
  }
  expect_failures = [var.apple]
}
