"""Values of the Cache-Control header that several modules use."""

IMMUTABLE = "public, max-age=31536000, immutable"  # one year: for content whose URL changes when it changes
