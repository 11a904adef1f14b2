locals {
  # ARN patterns of each environment's resources that are identified by a name with the environment's prefix, by service.
  owned_arns = {
    for environment in var.environments : environment => {
      for service, suffixes in {
        sqs            = ["${local.region_and_account}:%s-*"]
        sns            = ["${local.region_and_account}:%s-*"]
        lambda         = ["${local.region_and_account}:function:%s-*"]
        dynamodb       = ["${local.region_and_account}:table/%s-*"]
        schemas        = ["${local.region_and_account}:registry/%s", "${local.region_and_account}:schema/%s/*"]
        scheduler      = ["${local.region_and_account}:schedule/%s-*", "${local.region_and_account}:schedule-group/%s-*"]
        secretsmanager = ["${local.region_and_account}:secret:%s-*"]
        cloudwatch     = ["${local.region_and_account}:alarm:%s-*", ":${local.account_id}:dashboard/%s-*"]
        logs           = ["${local.region_and_account}:log-group:/aws/*/%s-*", "${local.region_and_account}:log-group:sns/${var.region}/${local.account_id}/%s-*"]
        firehose       = ["${local.region_and_account}:deliverystream/%s-*"]
        iam            = [":${local.account_id}:role/%s-*"]
        s3             = ["::%s-*"]
        events = [
          "${local.region_and_account}:event-bus/%s-*", "${local.region_and_account}:rule/%s-*", "${local.region_and_account}:archive/%s-*",
          "${local.region_and_account}:connection/%s-*", "${local.region_and_account}:api-destination/%s-*",
        ]
      } : service => [for suffix in suffixes : "arn:${local.partition}:${service}:${format(suffix, "${var.project}-${environment}")}"]
    }
  }

  region_and_account = "${var.region}:${local.account_id}"

  # ARNs of the resources that the key encrypts, as they appear in the encryption context.
  bus_arns      = { for environment in var.environments : environment => ["arn:${local.partition}:events:${local.region_and_account}:event-bus/${var.project}-${environment}-*"] }
  schedule_arns = { for environment in var.environments : environment => ["arn:${local.partition}:scheduler:${local.region_and_account}:schedule/${var.project}-${environment}-*"] }

  # Services to which a deployment passes roles.
  pass_role_services = ["lambda.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com", "sns.amazonaws.com", "firehose.amazonaws.com"]

  # The names of these roles begin with the environment's prefix, so an explicit deny keeps a deployment from changing them.
  bootstrap_role_arns = {
    for environment in var.environments : environment => [
      "arn:${local.partition}:iam::${local.account_id}:role/${var.project}-${environment}-plan",
      "arn:${local.partition}:iam::${local.account_id}:role/${var.project}-${environment}-apply",
      "arn:${local.partition}:iam::${local.account_id}:role/${var.project}-${environment}-operators",
    ]
  }

  state_object_arns = { for environment in var.environments : environment => "${local.state_bucket_arn}/${environment}/terraform.tfstate" }
}

resource "aws_iam_policy" "this" {
  for_each = {
    for pair in setproduct(var.environments, keys(local.policy_descriptions)) : "${pair[0]}/${pair[1]}" => {
      environment = pair[0]
      name        = pair[1]
    }
  }

  name        = "${var.project}-${each.value.environment}-deploy-${each.value.name}"
  description = local.policy_descriptions[each.value.name]

  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.value.environment][each.value.name] })

  lifecycle {
    precondition {
      condition     = length(jsonencode(local.statements[each.value.environment][each.value.name])) < 6000
      error_message = "The policy ${each.key} must stay below 6,000 characters, because IAM allows 6,144 in a managed policy. Move some of its statements into a new policy."
    }
  }
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = { for pair in setproduct(var.environments, local.plan_policies) : "${pair[0]}/${pair[1]}" => pair }

  role       = aws_iam_role.plan[each.value[0]].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = { for pair in setproduct(var.environments, keys(local.policy_descriptions)) : "${pair[0]}/${pair[1]}" => pair }

  role       = aws_iam_role.apply[each.value[0]].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

locals {
  policy_descriptions = {
    state-read  = "Reads the state of one environment"
    state-write = "Writes and locks the state of one environment"
    read        = "Reads the configuration of the environment's resources, its parameters and packages, but no other data"
    routing     = "Creates, changes and deletes the buses, rules, schemas, schedules, topics, queues, delivery streams and APIs of the environment"
    compute     = "Creates, changes and deletes the functions, event source mappings, roles, logs, alarms and dashboards of the environment"
    data        = "Creates, changes and deletes the tables, buckets, parameters and secrets of the environment, and uses its key"
  }

  plan_policies = ["state-read", "read"]

  statements = {
    for environment in var.environments : environment => {
      state-read  = local.state_read_statements[environment]
      state-write = local.state_write_statements[environment]
      read        = local.read_statements[environment]
      routing     = local.routing_statements[environment]
      compute     = local.compute_statements[environment]
      data        = local.data_statements[environment]
    }
  }
}
