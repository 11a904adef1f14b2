output "problems" {
  description = "Problems in the comparisons of each pattern, as text; an empty list if there are none. JSON that is not an object has no problems."
  value       = local.problems
}

output "keys" {
  description = "Keys of each pattern that are compared with values: path, depth, and number of values, 0 for a value outside a list."
  value       = { for key, entries in local.keys : key => [for entry in entries : { path = entry.path, depth = entry.depth, values = entry.values }] }
}

output "too_deep" {
  description = "Whether each pattern has keys below the sixth level, which are not checked."
  value       = { for key, entries in local.level_6 : key => anytrue([for entry in entries : startswith(entry.value, "{")]) }
}
