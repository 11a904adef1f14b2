variable "project" {
  description = "Name of the running system's project, the first part of its resource names."
  type        = string
  default     = "orderflow"
  nullable    = false
}

variable "environment" {
  description = "Environment of the running system, such as dev."
  type        = string
  nullable    = false
}

variable "team" {
  description = "Name of the team, the first part of every resource name."
  type        = string
  default     = "marketplace"
  nullable    = false
  validation {
    condition     = var.team != var.project
    error_message = "team must differ from project; got ${var.team} for both. Choose another name, so that no resource names collide."
  }
}

variable "region" {
  description = "AWS Region of the running system."
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
