output "problems" {
  description = "What is wrong with the comparisons of each pattern, in words; empty lists where there is nothing wrong. JSON that is not an object has no keys and no problems."
  value       = local.problems
}

output "keys" {
  description = "The keys of each pattern that compare: their path, their depth, and how many values they compare to, 0 for a value outside a list."
  value       = { for key, entries in local.keys : key => [for entry in entries : { path = entry.path, depth = entry.depth, values = entry.values }] }
}

output "too_deep" {
  description = "Whether each pattern has keys below the sixth level, which are not checked."
  value       = { for key, entries in local.level_6 : key => anytrue([for entry in entries : startswith(entry.value, "{")]) }
}
