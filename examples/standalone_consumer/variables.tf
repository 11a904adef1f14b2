variable "project" {
  description = "Project of the running system, as its environments name it."
  type        = string
  default     = "orderflow"
  nullable    = false
}

variable "environment" {
  description = "Environment of the running system."
  type        = string
  nullable    = false
}

variable "team" {
  description = "First part of every name in this root."
  type        = string
  default     = "loyalty"
  nullable    = false
  validation {
    condition     = var.team != var.project
    error_message = "team must differ from project: their names, keys and alarms must be distinct."
  }
}

variable "region" {
  description = "Region of the running system."
  type        = string
  default     = "eu-west-1"
  nullable    = false
}

variable "packages_dir" {
  description = "Directory with the deployment package that `scripts/orderflow package --folder` writes."
  type        = string
  default     = "dist"
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the table is protected from deletion. Disable it only where everything may be deleted."
  type        = bool
  default     = true
  nullable    = false
}
