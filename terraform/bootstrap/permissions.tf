locals {
  # The names of an environment's resources, by service: all that a deploy role may change, and nothing of another environment.
  owned = {
    for environment in var.environments : environment => {
      for service, suffixes in {
        sqs            = ["${local.regional}:%s-*"]
        sns            = ["${local.regional}:%s-*"]
        lambda         = ["${local.regional}:function:%s-*"]
        dynamodb       = ["${local.regional}:table/%s-*"]
        schemas        = ["${local.regional}:registry/%s", "${local.regional}:schema/%s/*"]
        scheduler      = ["${local.regional}:schedule/%s-*", "${local.regional}:schedule-group/%s-*"]
        secretsmanager = ["${local.regional}:secret:%s-*"]
        cloudwatch     = ["${local.regional}:alarm:%s-*", ":${local.account_id}:dashboard/%s-*"]
        logs           = ["${local.regional}:log-group:/aws/*/%s-*", "${local.regional}:log-group:sns/${var.region}/${local.account_id}/%s-*"]
        firehose       = ["${local.regional}:deliverystream/%s-*"]
        iam            = [":${local.account_id}:role/%s-*"]
        s3             = ["::%s-*"]
        events = [
          "${local.regional}:event-bus/%s-*", "${local.regional}:rule/%s-*", "${local.regional}:archive/%s-*",
          "${local.regional}:connection/%s-*", "${local.regional}:api-destination/%s-*",
        ]
      } : service => [for suffix in suffixes : "arn:${local.partition}:${service}:${format(suffix, "${var.project}-${environment}")}"]
    }
  }

  regional = "${var.region}:${local.account_id}"

  # The uses of the key, as the encryption context names them.
  bus_arns      = { for environment in var.environments : environment => ["arn:${local.partition}:events:${local.regional}:event-bus/${var.project}-${environment}-*"] }
  schedule_arns = { for environment in var.environments : environment => ["arn:${local.partition}:scheduler:${local.regional}:schedule/${var.project}-${environment}-*"] }

  # The services whose role or permission a resource of the pipeline needs at creation.
  roles_passed_to = ["lambda.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com", "sns.amazonaws.com", "firehose.amazonaws.com"]

  # The deploy roles have the environment's prefix themselves, so a deny keeps a deployment from extending its own permissions.
  deploy_role_arns = {
    for environment in var.environments : environment => [
      "arn:${local.partition}:iam::${local.account_id}:role/${var.project}-${environment}-plan",
      "arn:${local.partition}:iam::${local.account_id}:role/${var.project}-${environment}-apply",
      "arn:${local.partition}:iam::${local.account_id}:role/${var.project}-${environment}-operators",
    ]
  }

  state_key_arns = { for environment in var.environments : environment => "${local.state_bucket_arn}/${environment}/terraform.tfstate" }
}

resource "aws_iam_policy" "this" {
  for_each = {
    for pair in setproduct(var.environments, keys(local.policy_names)) : "${pair[0]}/${pair[1]}" => {
      environment = pair[0]
      part        = pair[1]
    }
  }

  name        = "${var.project}-${each.value.environment}-deploy-${each.value.part}"
  description = local.policy_names[each.value.part]

  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.value.environment][each.value.part] })

  lifecycle {
    precondition {
      condition     = length(jsonencode(local.statements[each.value.environment][each.value.part])) < 6000
      error_message = "The statements of ${each.key} exceed the 6,144 characters of a managed policy. Move some of them into a new part."
    }
  }
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = { for pair in setproduct(var.environments, local.plan_parts) : "${pair[0]}/${pair[1]}" => pair }

  role       = aws_iam_role.plan[each.value[0]].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = { for pair in setproduct(var.environments, keys(local.policy_names)) : "${pair[0]}/${pair[1]}" => pair }

  role       = aws_iam_role.apply[each.value[0]].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

locals {
  policy_names = {
    state-read  = "Reads the state of one environment"
    state-write = "Writes and locks the state of one environment"
    read        = "Reads the configuration of the environment's resources, never the data in them"
    routing     = "Creates and changes the buses, rules, topics, queues, schedules and APIs of the environment"
    compute     = "Creates and changes the functions, roles, logs and alarms of the environment"
    data        = "Creates and changes the tables, buckets, keys, parameters and secrets of the environment"
  }

  plan_parts = ["state-read", "read"]

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
