mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  repository = "example/orderflow"
}

run "state_bucket_is_versioned_encrypted_private_and_tls_only" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "orderflow-terraform-state-111122223333"
    error_message = "The bucket's name must carry the account, because bucket names are global."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "An overwritten state must be recoverable."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "The state must be encrypted with its own key."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls, aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls, aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "All four doors to the public must be shut."
  }

  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement : statement.Effect
    if try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"] == ["Deny"]
    error_message = "Requests without TLS must be denied."
  }
}

run "only_approved_jobs_of_the_repository_take_the_apply_role" {
  command = plan

  assert {
    condition     = toset(keys(aws_iam_role.apply)) == toset(["dev", "staging", "prod"])
    error_message = "Each environment has an apply role of its own."
  }

  assert {
    condition = alltrue([for environment, role in aws_iam_role.apply :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example/orderflow:environment:${environment}"]
    ])
    error_message = "The apply role trusts the GitHub environment of the same name and nothing else."
  }

  assert {
    condition = alltrue(flatten([for role in concat(values(aws_iam_role.apply), values(aws_iam_role.plan)) : [
      for subject in jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] : !strcontains(subject, "*")
    ]]))
    error_message = "No subject may hold a wildcard."
  }

  assert {
    condition = alltrue([for role in concat(values(aws_iam_role.apply), values(aws_iam_role.plan)) :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    ])
    error_message = "The token's audience must be checked."
  }
}

run "plan_role_changes_nothing" {
  command = plan

  assert {
    condition     = toset([for key, attachment in aws_iam_role_policy_attachment.plan : split("/", key)[1]]) == toset(["read", "state-read"])
    error_message = "A pull request may read, and nothing else: not even the state's lock is its to write."
  }

  assert {
    condition = alltrue(flatten([for part in ["read", "state-read"] : [
      for statement in jsondecode(aws_iam_policy.this["dev/${part}"].policy).Statement : [
        for action in statement.Action : can(regex(":(Get|Describe|List|GET$|Decrypt$)", action))
      ]
    ]]))
    error_message = "Every action of the plan role must be a read."
  }

  assert {
    condition = !anytrue(flatten([for statement in jsondecode(aws_iam_policy.this["dev/read"].policy).Statement : [
      for action in statement.Action : contains([
        "secretsmanager:GetSecretValue", "dynamodb:GetItem", "sqs:ReceiveMessage", "s3:GetObject", "logs:GetLogEvents", "s3:*", "kms:Decrypt",
      ], action) if statement.Sid != "ReadPackages"
    ]]))
    error_message = "Reading the configuration must not read data or secrets, but for the packages of the functions."
  }
}

run "each_role_stays_in_its_environment" {
  command = plan

  assert {
    condition = alltrue(flatten([for part in ["read", "state-read", "state-write", "routing", "compute", "data"] : [
      for statement in jsondecode(aws_iam_policy.this["dev/${part}"].policy).Statement : [
        for resource in statement.Resource : !strcontains(resource, "staging") && !strcontains(resource, "prod")
      ]
    ]]))
    error_message = "Nothing of staging or prod may be named in what dev may do."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_policy.this["dev/state-write"].policy).Statement : statement.Resource])) == toset([
      "arn:aws:s3:::orderflow-terraform-state-111122223333/dev/terraform.tfstate",
      "arn:aws:s3:::orderflow-terraform-state-111122223333/dev/terraform.tfstate.tflock",
      aws_kms_key.state.arn,
    ])
    error_message = "A deployment writes its own state and its own lock only."
  }

  assert {
    condition = alltrue([for environment in ["dev", "staging", "prod"] : anytrue([
      for statement in jsondecode(aws_iam_policy.this["${environment}/compute"].policy).Statement :
      statement.Effect == "Deny" && contains(statement.Action, "iam:*") && contains(statement.Resource, "arn:aws:iam::111122223333:role/orderflow-${environment}-apply")
    ])])
    error_message = "A deployment must not change its own role."
  }

  assert {
    condition = alltrue(flatten([for key, policy in aws_iam_policy.this : [
      for statement in jsondecode(policy.policy).Statement : can(statement.Condition) || endswith(key, "/read") || alltrue([
        for action in statement.Action : contains([
          "sns:SetSubscriptionAttributes", "sns:Unsubscribe", "events:PutPermission", "events:RemovePermission",
          "logs:CreateLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:PutResourcePolicy",
        ], action)
      ]) if contains(statement.Resource, "*")
    ]]))
    error_message = "Resource * is for actions that AWS authorises without a resource, or under a condition."
  }
}

run "another_account_holds_other_environments" {
  command = plan

  variables { environments = ["prod"] }

  assert {
    condition     = keys(aws_iam_role.apply) == ["prod"] && keys(aws_iam_role.plan) == ["prod"]
    error_message = "Only the environments of this account get roles."
  }
}

run "project_with_capitals_is_refused" {
  command = plan
  variables { project = "Orderflow" }
  expect_failures = [var.project]
}

run "repository_with_a_wildcard_is_refused" {
  command = plan
  variables { repository = "example/*" }
  expect_failures = [var.repository]
}

run "deploy_branch_with_a_wildcard_is_refused" {
  command = plan
  variables { deploy_branch = "*" }
  expect_failures = [var.deploy_branch]
}

run "no_environment_is_refused" {
  command = plan
  variables { environments = [] }
  expect_failures = [var.environments]
}

run "local_environment_is_refused" {
  command = plan
  variables { environments = ["local"] }
  expect_failures = [var.environments]
}
