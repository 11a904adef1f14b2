"""Policy scans: checkov over the Terraform source and over plans made without AWS, and parliament over IAM policies."""
