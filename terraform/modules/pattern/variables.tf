variable "patterns" {
  description = "JSON texts of event patterns or filter policies, by name. One that is not known at plan time is checked at apply."
  type        = map(string)
  nullable    = false
}

variable "operators" {
  description = "Operators that the service supports; by default all of EventBridge and SNS."
  type        = set(string)
  default     = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"]
  nullable    = false
}
