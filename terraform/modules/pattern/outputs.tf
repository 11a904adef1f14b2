output "problems" {
  description = "Problems in the comparisons of each pattern, as text; an empty list if there are none or the pattern is not a JSON object."
  value       = local.problems
}

output "keys" {
  description = "Keys of each pattern that are compared with values: path, depth and number of values (0 if the value is not in a list)."
  value       = { for key, entries in local.keys : key => [for entry in entries : { path = entry.path, depth = entry.depth, values = entry.values }] }
}

output "too_deep" {
  description = "For each pattern, whether it has keys below the sixth level, which are not checked."
  value       = { for key, entries in local.keys_at_level_6 : key => anytrue([for entry in entries : startswith(entry.value, "{") || (endswith(entry.path, "$or") && startswith(entry.value, "["))]) }
}
