"""Tables and whole jams as files, and back."""
