"""A load test with Locust: people scan the QR code, vote, join, suggest songs, lock their phones, and come back."""
