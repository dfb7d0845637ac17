from django.apps import AppConfig


class JamsiteConfig(AppConfig):
    """The composition root; an app only for its management commands and system checks."""

    name = "jamsite"
