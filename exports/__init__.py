"""Exports: all data as CSV tables, and whole jams as JSON to import elsewhere."""
