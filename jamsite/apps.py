from django.apps import AppConfig


class JamsiteConfig(AppConfig):
    """The composition root; an app only for its management commands and system checks."""

    name = "jamsite"

    def ready(self) -> None:
        from jamsite import checks  # noqa: F401  (registers them)
