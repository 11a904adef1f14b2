# A key of a pattern holds a list of values, or an object with further keys; `$or` holds a list of objects.
# Only six levels of keys are read, because Terraform has no recursion.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
# https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
locals {
  root_objects    = { for key, json in var.patterns : key => [for text in [json] : { path = "", value = jsonencode(jsondecode(text)) } if can(keys(jsondecode(text)))] }
  keys_at_level_1 = { for key, entries in local.root_objects : key => flatten([for entry in entries : [for name, value in jsondecode(entry.value) : { path = name, value = jsonencode(value) }]]) }
  keys_at_level_2 = { for key, entries in local.keys_at_level_1 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  keys_at_level_3 = { for key, entries in local.keys_at_level_2 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  keys_at_level_4 = { for key, entries in local.keys_at_level_3 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  keys_at_level_5 = { for key, entries in local.keys_at_level_4 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  keys_at_level_6 = { for key, entries in local.keys_at_level_5 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }

  # Keys whose value is not an object, with the list of values that they are compared with.
  keys = { for key in keys(var.patterns) : key => flatten([
    for depth, entries in [local.keys_at_level_1[key], local.keys_at_level_2[key], local.keys_at_level_3[key], local.keys_at_level_4[key], local.keys_at_level_5[key], local.keys_at_level_6[key]] : [
      for entry in entries : {
        path        = entry.path
        depth       = depth + 1
        values      = startswith(entry.value, "[") ? length(jsondecode(entry.value)) : 0
        values_json = startswith(entry.value, "[") ? entry.value : "[]"
      } if !startswith(entry.value, "{") && !(endswith(entry.path, "$or") && startswith(entry.value, "["))
    ]
  ]) }

  comparisons = { for key, entries in local.keys : key => flatten([for entry in entries : [for object in jsondecode(entry.values_json) : [for name in keys(object) : {
    path              = entry.path
    name              = name
    is_only_key       = length(object) == 1
    argument          = replace(replace(jsonencode(object[name]), "\\u003c", "<"), "\\u003e", ">")
    nested_operators  = try(keys(object[name]), [])
    numeric_operators = [for text in try(tolist(object[name]), []) : text if can(regex("^[^0-9.-]", text))]
  }] if can(keys(object))]]) }

  operators_text = join(", ", var.operators)
  problems = { for key, comparisons in local.comparisons : key => distinct(concat([for entry in local.keys[key] : "${entry.path} must have its values in a non-empty list, even a single value" if entry.values == 0], flatten([for comparison in comparisons : [for requirement, is_violated in {
    "${comparison.path} must use one of ${local.operators_text}; got `${comparison.name}`"                                                      = !contains(var.operators, comparison.name)
    "${comparison.path} must have one comparison per object; add others as separate list entries"                                               = !comparison.is_only_key
    "${comparison.path} must use one of ${local.operators_text} under `${comparison.name}`; got `${join("`, `", comparison.nested_operators)}`" = length(setsubtract(comparison.nested_operators, var.operators)) > 0
    "${comparison.path} must compare numbers with =, <, <=, > or >=; got ${comparison.argument}"                                                = comparison.name == "numeric" && (length(comparison.numeric_operators) == 0 || length(setsubtract(comparison.numeric_operators, ["=", "<", "<=", ">", ">="])) > 0)
    "${comparison.path} must have true or false under `exists`; got ${comparison.argument}"                                                     = comparison.name == "exists" && !contains(["true", "false"], comparison.argument)
  } : requirement if is_violated]]))) }
}
