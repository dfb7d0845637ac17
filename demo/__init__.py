"""Demo data: invented jams to try Jamsite with, and a large data set for measurements."""
