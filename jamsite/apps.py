from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class JamsiteConfig(AppConfig):
    """The composition root; an app only for its management command and system checks."""

    name = "jamsite"

    def ready(self) -> None:
        from accounts.host_group import ensure_co_hosts_group, ensure_hosts_group, ensure_registered_group
        from jamsite import checks  # noqa: F401  (registers them)

        # `votes` is the last app whose permissions the groups need.
        for ensure_group in (ensure_hosts_group, ensure_co_hosts_group, ensure_registered_group):
            post_migrate.connect(ensure_group, sender=apps.get_app_config("votes"))
