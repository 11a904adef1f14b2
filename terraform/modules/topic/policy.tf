locals {
  people_protocols = ["application", "email", "email-json", "sms"]

  # These services tell SNS the ARN they publish for but not its account, which is part of the ARN anyway.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
  services_without_source_account = ["events.amazonaws.com"]

  publisher_principals = { for key, publisher in var.publishers : key => merge(
    { for service in publisher.service[*] : "Service" => [service] },
    { for accounts in [publisher.accounts] : "AWS" => [for account in accounts : "arn:${local.partition}:iam::${account}:root"] if length(accounts) > 0 },
    # A wildcard is only ever written together with aws:PrincipalOrgID below.
    { for id in publisher.organization_id[*] : "AWS" => ["*"] },
  ) }

  publisher_conditions = { for key, publisher in var.publishers : key => concat(
    [for arn in publisher.source_arn[*] : { test = "ArnLike", variable = "aws:SourceArn", values = [arn] }],
    [for service in publisher.service[*] : { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] } if !contains(local.services_without_source_account, service)],
    [for id in publisher.organization_id[*] : { test = "StringEquals", variable = "aws:PrincipalOrgID", values = [id] }],
  ) }
}

module "policy" {
  source = "../policy_document"

  statements = concat(
    [
      {
        sid        = "DenyPlainHttp"
        effect     = "Deny"
        principals = { AWS = ["*"] }
        actions    = ["sns:Publish", "sns:Subscribe"]
        resources  = [local.topic_arn]
        conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
      },
      {
        # Also against a subscription made by hand, which no plan would ever show.
        sid        = "DenyProtocols"
        effect     = "Deny"
        principals = { AWS = ["*"] }
        actions    = ["sns:Subscribe"]
        resources  = [local.topic_arn]
        conditions = [{ test = "StringEquals", variable = "sns:Protocol", values = concat(["http"], var.carries == "orders" ? local.people_protocols : []) }]
      },
    ],
    [for key in keys(var.publishers) : {
      sid        = join("", [for word in split("_", key) : title(word)])
      effect     = "Allow"
      principals = local.publisher_principals[key]
      actions    = ["sns:Publish"]
      resources  = [local.topic_arn]
      conditions = local.publisher_conditions[key]
    }],
  )
}

# https://docs.aws.amazon.com/sns/latest/dg/sns-active-tracing.html
module "xray_policy" {
  source = "../policy_document"

  statements = [{
    sid        = "TopicTraces"
    principals = { Service = ["sns.amazonaws.com"] }
    actions    = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"]
    resources  = ["*"]
    conditions = [
      { test = "ArnEquals", variable = "aws:SourceArn", values = [local.topic_arn] },
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    ]
  }]
}
