mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables { repository = "example@1/orderflow@2" }

run "the_state_bucket_is_versioned_encrypted_private_and_tls_only" {
  command = plan
  assert {
    condition     = aws_s3_bucket.state.bucket == "orderflow-terraform-state-111122223333-eu-west-1"
    error_message = "The bucket's name must contain the account ID, because bucket names are global."
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "An overwritten state must be recoverable."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "The state must be encrypted with a KMS key."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls, aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls, aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "All four public-access blocks must be on."
  }
  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement : statement.Effect
    if try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"] == ["Deny"]
    error_message = "Requests without TLS must be denied."
  }
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement : [
      for operator, values in statement.Condition : keys(values) if endswith(operator, "NotEqualsIfExists")
    ] if statement.Effect == "Deny"])) == toset(["s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"])
    error_message = "Encryption with any key other than the state's must be denied."
  }
}

run "only_jobs_in_a_github_environment_assume_its_apply_role" {
  command = plan
  assert {
    condition     = toset(keys(aws_iam_role.apply)) == toset(["dev", "staging", "prod"])
    error_message = "Each environment must have its own apply role."
  }
  assert {
    condition = alltrue([for environment, role in aws_iam_role.apply :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:example@1/orderflow@2:environment:${environment}"]
    ])
    error_message = "The apply role must trust only the GitHub environment of the same name."
  }
  assert {
    condition = alltrue(flatten([for role in concat(values(aws_iam_role.apply), values(aws_iam_role.plan)) : [
      for subject in jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] : !strcontains(subject, "*")
    ]]))
    error_message = "No subject may contain a wildcard."
  }
  assert {
    condition = alltrue([for role in concat(values(aws_iam_role.apply), values(aws_iam_role.plan)) :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    ])
    error_message = "The token's audience must be checked."
  }
}

run "the_plan_role_changes_nothing" {
  command = plan
  assert {
    condition     = toset([for key, attachment in aws_iam_role_policy_attachment.plan : split("/", key)[1]]) == toset(["read", "state-read"])
    error_message = "The plan role must be read-only: it must not even write the state lock."
  }
  assert {
    condition = alltrue(flatten([for name in ["read", "state-read"] : [
      for statement in jsondecode(aws_iam_policy.this["dev/${name}"].policy).Statement : [
        for action in statement.Action : can(regex(":(Get|Describe|List|GET$|Decrypt$)", action))
      ]
    ]]))
    error_message = "Every action of the plan role must be read-only."
  }
  assert {
    condition = !anytrue(flatten([for statement in jsondecode(aws_iam_policy.this["dev/read"].policy).Statement : [
      for action in statement.Action : contains([
        "secretsmanager:GetSecretValue", "dynamodb:GetItem", "sqs:ReceiveMessage", "s3:GetObject", "logs:GetLogEvents", "s3:*",
      ], action) && statement.Sid != "ReadPackages" || action == "kms:Decrypt" && !can(statement.Condition)
    ]]))
    error_message = "Apart from the state, the plan role must read only configuration, parameters and packages."
  }
}

run "each_role_is_limited_to_its_environment" {
  command = plan
  assert {
    condition = alltrue(flatten([for name in ["read", "state-read", "state-write", "routing", "compute", "data"] : [
      for statement in jsondecode(aws_iam_policy.this["dev/${name}"].policy).Statement : [
        for resource in statement.Resource : !strcontains(resource, "staging") && !strcontains(resource, "prod")
      ]
    ]]))
    error_message = "The permissions of dev must name no resource of staging or prod."
  }
  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_policy.this["dev/state-write"].policy).Statement : statement.Resource])) == toset([
      "arn:aws:s3:::orderflow-terraform-state-111122223333-eu-west-1/dev/terraform.tfstate",
      "arn:aws:s3:::orderflow-terraform-state-111122223333-eu-west-1/dev/terraform.tfstate.tflock",
      aws_kms_key.state.arn,
    ])
    error_message = "A deployment must write only its own state and lock."
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
          "sns:SetSubscriptionAttributes", "sns:Unsubscribe",
          "logs:CreateLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:PutResourcePolicy", "logs:DeleteResourcePolicy", "cloudwatch:PutCompositeAlarm",
        ], action)
      ]) if contains(statement.Resource, "*")
    ]]))
    error_message = "A statement that allows changes to the resource * must have a condition, unless its actions work only with that resource."
  }
}

run "only_the_listed_environments_get_roles" {
  command = plan
  variables { environments = ["prod"] }
  assert {
    condition     = keys(aws_iam_role.apply) == ["prod"] && keys(aws_iam_role.plan) == ["prod"]
    error_message = "Only the listed environments may have roles."
  }
}

run "subjects_without_ids_are_trusted_when_enabled" {
  command = plan
  variables {
    repository           = "octo_corp/order.flow"
    subjects_without_ids = true
    deploy_branch        = "release@2"
  }
  assert {
    condition     = jsondecode(aws_iam_role.plan["dev"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"][1] == "repo:octo_corp/order.flow:ref:refs/heads/release@2"
    error_message = "The trusted subject must name the repository as owner/name, without ids."
  }
}

run "operators_may_only_read_redrive_replay_pause_and_roll_back" {
  command = plan
  variables {
    operators = { prod = ["arn:aws:iam::111122223333:role/on-call"] }
    budget    = { dollars = 300, emails = ["team@shop.test"] }
  }
  assert {
    condition = alltrue(flatten([for statement in jsondecode(aws_iam_role_policy.operators["prod"].policy).Statement : [
      for action in statement.Action : !can(regex("(:(Create|Put|Tag|Untag|Set|Add|Attach|Pass|Delete))|:Update", action)) || contains([
        "events:PutEvents", "firehose:PutRecord", "lambda:UpdateAlias", "lambda:UpdateEventSourceMapping", "s3:DeleteObject", "sqs:DeleteMessage", "ssm:PutParameter",
      ], action)
    ]]))
    error_message = "Operators may have only the write permissions that redrives, replays, pauses and rollbacks need."
  }
  assert {
    condition     = alltrue([for actions in ["\"sns:GetSubscriptionAttributes\"", "[\"ssm:GetParameter\",\"ssm:GetParametersByPath\"]"] : strcontains(aws_iam_role_policy.operators["prod"].policy, actions)])
    error_message = "Operators must be able to read all parameters of the environment, and the endpoint of a subscription, to which its dead-letter messages are redriven."
  }
  assert {
    condition     = keys(aws_iam_role.operators) == ["prod"] && aws_budgets_budget.this["monthly"].limit_amount == "300"
    error_message = "Only environments with operators may have the operators' role, and the monthly budget must have the given limit."
  }
}

run "a_second_region_uses_the_accounts_identity_provider" {
  command = plan
  variables {
    region                = "eu-central-1"
    environments          = ["standby"]
    destroyable           = []
    identity_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.state_bucket_name == "orderflow-terraform-state-111122223333-eu-central-1"
    error_message = "A second Region must use the account's existing identity provider and have its own state bucket."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    project       = "order-flow"
    repository    = "example/orderflow"
    deploy_branch = "*"
    environments  = []
  }
  expect_failures = [var.project, var.repository, var.deploy_branch, var.environments]
}

run "a_wildcard_repository_and_operators_of_an_unknown_environment_and_a_destroyable_prod_are_refused" {
  command = plan
  variables {
    repository  = "example@1/*@2"
    operators   = { qa = ["arn:aws:iam::111122223333:role/on-call"] }
    destroyable = ["dev", "prod"]
  }
  expect_failures = [var.repository, var.operators, var.destroyable]
}

run "the_local_environment_is_refused" {
  command = plan
  variables { environments = ["local"] }
  expect_failures = [var.environments]
}
