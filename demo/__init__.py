"""Made-up nights to try Jamsite with."""
