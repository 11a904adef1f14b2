# SNS counts what a filter policy asks for, nested keys included, and refuses the subscription only at apply. So it is counted
# here. Keys are followed five levels down, as Terraform has no recursion.
# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
locals {
  filters = { for key, subscription in var.subscriptions : key => {
    scope = subscription.filter_policy_scope
    json  = subscription.filter_policy
    valid = can(keys(jsondecode(subscription.filter_policy)))
  } if subscription.filter_policy != null }

  filter_level_1 = { for key, filter in local.filters : key => [for name in try(keys(jsondecode(filter.json)), []) : { path = name, value = jsonencode(jsondecode(filter.json)[name]) }] }
  filter_level_2 = { for key, entries in local.filter_level_1 : key => flatten([for entry in entries : [for name, value in jsondecode(entry.value) : { path = "${entry.path}.${name}", value = jsonencode(value) }] if startswith(entry.value, "{")]) }
  filter_level_3 = { for key, entries in local.filter_level_2 : key => flatten([for entry in entries : [for name, value in jsondecode(entry.value) : { path = "${entry.path}.${name}", value = jsonencode(value) }] if startswith(entry.value, "{")]) }
  filter_level_4 = { for key, entries in local.filter_level_3 : key => flatten([for entry in entries : [for name, value in jsondecode(entry.value) : { path = "${entry.path}.${name}", value = jsonencode(value) }] if startswith(entry.value, "{")]) }
  filter_level_5 = { for key, entries in local.filter_level_4 : key => flatten([for entry in entries : [for name, value in jsondecode(entry.value) : { path = "${entry.path}.${name}", value = jsonencode(value) }] if startswith(entry.value, "{")]) }

  filter_levels = { for key in keys(local.filters) : key => [
    local.filter_level_1[key], local.filter_level_2[key], local.filter_level_3[key], local.filter_level_4[key], local.filter_level_5[key],
  ] }

  filter_keys   = { for key, levels in local.filter_levels : key => flatten([for depth, entries in levels : [for entry in entries : merge(entry, { depth = depth + 1 }) if !startswith(entry.value, "{")]]) }
  filter_values = { for key, entries in local.filter_keys : key => [for entry in entries : startswith(entry.value, "[") ? length(jsondecode(entry.value)) * entry.depth : 0] }

  # Only the first five count: a sixth is refused for itself.
  filter_factors      = { for key, values in local.filter_values : key => slice(concat(values, [1, 1, 1, 1, 1]), 0, 5) }
  filter_combinations = { for key, n in local.filter_factors : key => n[0] * n[1] * n[2] * n[3] * n[4] }

  filter_problems = { for key in keys(var.subscriptions) : key => [for problem, found in merge([for filter_key, filter in local.filters : {
    "write it as a JSON object, for example with jsonencode()" = !filter.valid

    "name at least one key, or leave it out to receive everything" = filter.valid && length(local.filter_keys[filter_key]) == 0

    "put each value in a list that is not empty, even a single one: ${join(", ", [for i, entry in local.filter_keys[filter_key] : entry.path if local.filter_values[filter_key][i] == 0])}" = anytrue([for n in local.filter_values[filter_key] : n == 0])

    "use at most five keys, these are ${length(local.filter_keys[filter_key])} (${join(", ", local.filter_keys[filter_key][*].path)})" = length(local.filter_keys[filter_key]) > 5

    "set `filter_policy_scope` to \"MessageBody\" for nested keys (${join(", ", [for entry in local.filter_keys[filter_key] : entry.path if entry.depth > 1])}), attributes have none" = filter.scope == "MessageAttributes" && anytrue([for entry in local.filter_keys[filter_key] : entry.depth > 1])

    "ask for at most 150 combinations, these are ${local.filter_combinations[filter_key]} (the product of each key's number of values times its depth)" = local.filter_combinations[filter_key] > 150

    "leave out $or, which this module cannot count: name several values of one key" = strcontains(filter.json, "\"$or\"")

    "nest keys at most five levels deep" = anytrue([for entry in local.filter_level_5[filter_key] : startswith(entry.value, "{")])
  } if filter_key == key]...) : problem if found] }
}
