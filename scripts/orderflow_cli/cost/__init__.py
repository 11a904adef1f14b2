"""What orders cost on AWS: counted operations times listed prices."""
