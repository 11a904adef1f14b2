locals {
  people_protocols = ["application", "email", "email-json", "sms"]

  # These services send SNS the source ARN but not the source account, which the ARN contains anyway.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
  services_without_source_account = ["events.amazonaws.com"]

  publisher_principals = { for key, publisher in var.publishers : key => merge(
    { for service in publisher.service[*] : "Service" => [service] },
    { for accounts in [publisher.accounts] : "AWS" => [for account in accounts : "arn:${local.partition}:iam::${account}:root"] if length(accounts) > 0 },
    # A wildcard principal is used only with the condition aws:PrincipalOrgID below.
    { for id in publisher.organization_id[*] : "AWS" => ["*"] },
  ) }

  publisher_conditions = { for key, publisher in var.publishers : key => merge(
    { for arn in publisher.source_arn[*] : "ArnLike" => { "aws:SourceArn" = [arn] } },
    { for service in publisher.service[*] : "StringEquals" => { "aws:SourceAccount" = [local.account_id] } if !contains(local.services_without_source_account, service) },
    { for id in publisher.organization_id[*] : "StringEquals" => { "aws:PrincipalOrgID" = [id] } },
  ) }

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = { AWS = ["*"] }
        Action    = ["sns:Publish", "sns:Subscribe"]
        Resource  = [local.topic_arn]
        Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
      },
      {
        # This statement also denies subscriptions created outside Terraform.
        Sid       = "DenyProtocols"
        Effect    = "Deny"
        Principal = { AWS = ["*"] }
        Action    = ["sns:Subscribe"]
        Resource  = [local.topic_arn]
        Condition = { StringEquals = { "sns:Protocol" = sort(concat(["http"], var.audience == "systems" ? local.people_protocols : [])) } }
      },
    ],
    [for key in keys(var.publishers) : merge(
      {
        Sid       = join("", [for word in split("_", key) : title(word)])
        Effect    = "Allow"
        Principal = local.publisher_principals[key]
        Action    = ["sns:Publish"]
        Resource  = [local.topic_arn]
      },
      { for condition in [local.publisher_conditions[key]] : "Condition" => condition if length(condition) > 0 },
    )],
  ) })
}
