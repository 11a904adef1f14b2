variable "patterns" {
  description = "JSON texts of event patterns or filter policies, by name. One that is not known yet is judged when it is applied."
  type        = map(string)
  nullable    = false
}

variable "operators" {
  description = "Operators that the service knows: all of EventBridge and SNS unless said otherwise."
  type        = set(string)
  default     = ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"]
  nullable    = false
}
