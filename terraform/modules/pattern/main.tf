# A key of a pattern holds a list of values, or an object with further keys; `$or` holds a list of objects.
# Keys are read six levels deep, because Terraform has no recursion.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
# https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
locals {
  level_0 = { for key, json in var.patterns : key => [for text in [json] : { path = "", value = jsonencode(jsondecode(text)) } if can(keys(jsondecode(text)))] }
  level_1 = { for key, entries in local.level_0 : key => flatten([for entry in entries : [for name, value in jsondecode(entry.value) : { path = name, value = jsonencode(value) }]]) }
  level_2 = { for key, entries in local.level_1 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  level_3 = { for key, entries in local.level_2 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  level_4 = { for key, entries in local.level_3 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  level_5 = { for key, entries in local.level_4 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
  level_6 = { for key, entries in local.level_5 : key => flatten([for entry in entries : [for object in jsondecode(startswith(entry.value, "{") ? "[${entry.value}]" : entry.value) : [for name in try(keys(object), []) : { path = "${entry.path}.${name}", value = jsonencode(object[name]) }]] if startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }

  # Keys whose value is not an object, with the list of values that they are compared with.
  keys = { for key in keys(var.patterns) : key => flatten([
    for depth, entries in [local.level_1[key], local.level_2[key], local.level_3[key], local.level_4[key], local.level_5[key], local.level_6[key]] : [
      for entry in entries : {
        path   = entry.path
        depth  = depth + 1
        values = startswith(entry.value, "[") ? length(jsondecode(entry.value)) : 0
        list   = startswith(entry.value, "[") ? entry.value : "[]"
      } if !startswith(entry.value, "{") && !(endswith(entry.path, "$or") && startswith(entry.value, "["))
    ]
  ]) }

  comparisons = { for key, entries in local.keys : key => flatten([for entry in entries : [for object in jsondecode(entry.list) : [for name in keys(object) : {
    path      = entry.path
    name      = name
    alone     = length(object) == 1
    argument  = replace(replace(jsonencode(object[name]), "\\u003c", "<"), "\\u003e", ">")
    inner     = try(keys(object[name]), [])
    relations = [for text in try(tolist(object[name]), []) : text if can(regex("^[^0-9.-]", text))]
  }] if can(keys(object))]]) }

  operator_list = join(", ", var.operators)
  problems = { for key, comparisons in local.comparisons : key => distinct(concat([for entry in local.keys[key] : "${entry.path} must have its values in a non-empty list, even a single value" if entry.values == 0], flatten([for comparison in comparisons : [for problem, found in {
    "${comparison.path} must use one of ${local.operator_list}; got `${comparison.name}`"                                           = !contains(var.operators, comparison.name)
    "${comparison.path} must have one comparison per object; add others as separate list entries"                                   = !comparison.alone
    "${comparison.path} must use under `${comparison.name}` one of ${local.operator_list}; got `${join("`, `", comparison.inner)}`" = length(setsubtract(comparison.inner, var.operators)) > 0
    "${comparison.path} must compare numbers by =, <, <=, > or >=; got ${comparison.argument}"                                      = comparison.name == "numeric" && (length(comparison.relations) == 0 || length(setsubtract(comparison.relations, ["=", "<", "<=", ">", ">="])) > 0)
    "${comparison.path} must have true or false under `exists`; got ${comparison.argument}"                                         = comparison.name == "exists" && !contains(["true", "false"], comparison.argument)
  } : problem if found]]))) }
}
