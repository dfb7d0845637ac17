"""`make bench`: benchmarks of Jamsite, as ratios to a floor that is measured in the same run."""
