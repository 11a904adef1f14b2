module "policy" {
  source = "../policy_document"

  statements = [for key, sender in var.senders : {
    sid     = join("", [for word in split("_", key) : title(word)])
    actions = ["events:PutEvents"]
    # A wildcard is only ever written together with aws:PrincipalOrgID below.
    principals = { AWS = sender.organization_id == null ? [for account in sender.accounts : "arn:${local.partition}:iam::${account}:root"] : ["*"] }
    resources  = [local.bus_arn]
    conditions = [for variable, values in {
      "events:source"      = sender.sources
      "events:detail-type" = sender.detail_types
      "aws:PrincipalOrgID" = sender.organization_id[*]
    } : { test = "StringEquals", variable = variable, values = values } if length(values) > 0]
  }]
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  count = length(var.senders) == 0 ? 0 : 1

  event_bus_name = aws_cloudwatch_event_bus.this.name
  policy         = module.policy.json
}
