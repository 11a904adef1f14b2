resource "aws_iam_openid_connect_provider" "github" {
  count = var.identity_provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  identity_provider_arn = coalesce(var.identity_provider_arn, one(aws_iam_openid_connect_provider.github[*].arn))

  # The token's subject names what started the job. For a job with `environment:` it names the environment instead,
  # so the protection rules of that environment (branches, reviewers) decide which jobs can assume the apply role.
  subjects = {
    for environment in var.environments : environment => {
      plan  = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/${var.deploy_branch}"]
      apply = ["repo:${var.repository}:environment:${environment}"]
    }
  }

  trust_policies = {
    for environment, subjects_by_role in local.subjects : environment => {
      for role, subjects in subjects_by_role : role => jsonencode({ Version = "2012-10-17", Statement = [{
        Sid       = "RepositoryWorkflows"
        Effect    = "Allow"
        Principal = { Federated = local.identity_provider_arn }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = {
            "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
            "token.actions.githubusercontent.com:sub" = subjects
          }
        }
      }] })
    }
  }
}

resource "aws_iam_role" "plan" {
  for_each = var.environments

  name                 = "${var.project}-${each.key}-plan"
  description          = "Plans ${each.key}: reads its state and configuration; writes nothing, not even the state lock"
  assume_role_policy   = local.trust_policies[each.key].plan
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role" "apply" {
  for_each = var.environments

  name                 = "${var.project}-${each.key}-apply"
  description          = "Applies a saved plan to ${each.key}, only for jobs in the GitHub environment ${each.key}"
  assume_role_policy   = local.trust_policies[each.key].apply
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
}
