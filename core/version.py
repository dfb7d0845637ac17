"""The version of this release: here, and nowhere else."""

VERSION = "1.0.0"
