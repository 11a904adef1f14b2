"""Another team's consumer: awards points for delivered orders."""
