# SNS limits the keys and values of a filter policy, but rejects the subscription only at apply, so they are counted here.
# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
module "filters" {
  source    = "../pattern"
  operators = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"]
  patterns  = { for key, subscription in var.subscriptions : key => subscription.filter_policy if subscription.filter_policy != null }
}

locals {
  filter_keys = module.filters.keys

  # Only the first five keys are counted, because a sixth is an error anyway.
  filter_factors            = { for key, entries in local.filter_keys : key => slice(concat([for entry in entries : entry.values * entry.depth], [1, 1, 1, 1, 1]), 0, 5) }
  filter_combination_counts = { for key, factors in local.filter_factors : key => factors[0] * factors[1] * factors[2] * factors[3] * factors[4] }

  filter_problems = { for key, entries in local.filter_keys : key => concat(module.filters.problems[key], [for requirement, is_violated in {
    "write it as a JSON object, for example with jsonencode()" = !can(keys(jsondecode(var.subscriptions[key].filter_policy)))

    "name at least one key, or leave it out to receive everything" = length(entries) == 0

    "use at most five keys; it has ${length(entries)} (${join(", ", entries[*].path)})" = length(entries) > 5

    "set `filter_policy_scope` to \"MessageBody\" for nested keys (${join(", ", [for entry in entries : entry.path if entry.depth > 1])}); attributes have no nested keys" = var.subscriptions[key].filter_policy_scope == "MessageAttributes" && anytrue([for entry in entries : entry.depth > 1])

    "use at most 150 combinations; it has ${local.filter_combination_counts[key]} (the product of each key's number of values times its depth)" = local.filter_combination_counts[key] > 150

    "leave out $or, which this module cannot count: name several values of one key, or filter in the subscriber" = strcontains(var.subscriptions[key].filter_policy, "\"$or\"")

    "nest keys at most five levels deep" = module.filters.too_deep[key] || anytrue([for entry in entries : entry.depth > 5])
  } : requirement if is_violated]) }
}

# The provider mistakes a policy that is known only after apply for a missing one, and reports "filter_policy is required when
# filter_policy_scope is set". The scope MessageAttributes, the default, is therefore left unset; with MessageBody this resource,
# which never has an instance, stops the plan with the actual reason.
resource "terraform_data" "body_filter_policy_must_be_known_at_plan" {
  for_each = toset([for key, policy in { for key, subscription in var.subscriptions : key => subscription.filter_policy if subscription.filter_policy_scope == "MessageBody" } : key if sha1(coalesce(policy, "none")) == ""])
}
