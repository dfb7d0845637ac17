"""A night's traffic, by Locust: people arrive by QR code, vote, join, suggest, watch, lock their phones, come back."""
