variable "name" {
  description = "Full name of the platform application, such as `shop-dev-app`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,48}$", var.name))
    error_message = "name must be 1 to 48 letters, digits, '-' or '_', so that `<name>-delivery-status` fits the 64 characters of a role name."
  }
}

variable "platform" {
  description = "Push service: `firebase` (Android, and other platforms through Firebase Cloud Messaging), `apple`, or `apple_sandbox` for development builds."
  type        = string
  nullable    = false
  validation {
    condition     = contains(["firebase", "apple", "apple_sandbox"], var.platform)
    error_message = "platform must be firebase, apple or apple_sandbox."
  }
}

variable "credential" {
  description = "Credential with which SNS authenticates: for Firebase the service account's key file (JSON), for Apple the signing key (.p8). The state contains a hash of it; a plan file contains it in plain text."
  type        = string
  nullable    = false
  sensitive   = true
  validation {
    condition     = var.platform != "firebase" || can(jsondecode(var.credential).private_key)
    error_message = "Set `credential` to the content of a service account's JSON key file: Firebase's legacy API keys no longer work."
  }
  validation {
    condition     = var.platform == "firebase" || strcontains(var.credential, "-----BEGIN PRIVATE KEY-----")
    error_message = "Set `credential` to the text of Apple's .p8 signing key, with its BEGIN and END lines: certificates expire every year and are not supported here."
  }
}

variable "apple" {
  description = "For Apple: the IDs of the signing key, the team and the app's bundle."
  type        = object({ key_id = string, team_id = string, bundle_id = string })
  default     = null
  validation {
    condition     = (var.apple != null) == (var.platform != "firebase")
    error_message = "Set `apple` for the platforms apple and apple_sandbox, and omit it for firebase."
  }
  validation {
    condition     = alltrue([for apple in var.apple[*] : can(regex("^[A-Z0-9]{10}$", apple.key_id)) && can(regex("^[A-Z0-9]{10}$", apple.team_id)) && can(regex("^[A-Za-z0-9.-]+$", apple.bundle_id))])
    error_message = "apple: key_id and team_id must be ten capital letters and digits, and bundle_id a name such as com.example.orders. Copy them from Apple's developer account."
  }
}

variable "events_topic_arn" {
  description = "ARN of a topic that is notified when devices are added, changed, removed or unreachable. With `null`, no notifications are sent."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key for the delivery logs. Its key policy must let CloudWatch Logs use it."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Number of days that the delivery logs are kept."
  type        = number
  default     = 30
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarm notifies. With `null`, the alarm has no action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
