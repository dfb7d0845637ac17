"""Values of the Cache-Control header that stand in more than one place."""

IMMUTABLE = "public, max-age=31536000, immutable"  # a year: for what gets another name whenever it changes
