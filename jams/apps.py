from django.apps import AppConfig


class JamsConfig(AppConfig):
    name = "jams"

    def ready(self) -> None:
        from jams import receivers  # noqa: F401  (connects the signals)
