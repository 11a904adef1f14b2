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

run "events_of_a_service_are_passed_on_to_our_bus" {
  command = plan

  variables {
    forwarded_events = {
      till_files = {
        source       = "aws.s3"
        detail_types = ["Object Deleted", "Object Created"]
        detail       = "{\"bucket\": {\"name\": [{\"prefix\": \"orderflow-dev-till-files-\"}]}}"
      }
      failed_builds = { source = "aws.codebuild", detail_types = ["CodeBuild Build State Change"] }
    }
  }

  assert {
    condition = jsondecode(module.forward_rule["till_files"].event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.s3"]
      detail-type = ["Object Created", "Object Deleted"]
      detail      = { bucket = { name = [{ prefix = "orderflow-dev-till-files-" }] } }
    }
    error_message = "The pattern must ask for what the entry says, of this account only."
  }

  assert {
    condition = jsondecode(module.forward_rule["failed_builds"].event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.codebuild"]
      detail-type = ["CodeBuild Build State Change"]
    }
    error_message = "Without a detail every event of the types is wanted."
  }

  assert {
    condition     = local.rules["forward_till_files"].arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-forward-till-files"
    error_message = "AWS services send to the default bus, so that is where the rule belongs."
  }

  assert {
    condition     = toset(keys(local.dead_letters.rule)) == toset(keys(local.rules)) && contains(keys(local.rules), "forward_failed_builds")
    error_message = "What could not be forwarded must be found by the redrive."
  }

  assert {
    condition = [
      for metric in flatten([for section in local.sections : [for widget in section.widgets : [for metric in widget.metrics : join(" ", metric)]]]) : metric
      if startswith(metric, "AWS/Events MatchedEvents") && !strcontains(metric, "EventBusName")
      ] == [
      for rule in ["forward-failed-builds", "forward-till-files", "till-file"] : "AWS/Events MatchedEvents RuleName orderflow-dev-${rule}"
    ]
    error_message = "CloudWatch counts rules of the default bus by their name alone."
  }
}
