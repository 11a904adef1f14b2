variable "patterns" {
  description = "Event patterns or filter policies as JSON strings, by name. A pattern that is unknown at plan time is checked at apply."
  type        = map(string)
  nullable    = false
}

variable "operators" {
  description = "Operators that the service supports; by default those of EventBridge."
  type        = set(string)
  default     = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"]
  nullable    = false
}
