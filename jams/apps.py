from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class JamsConfig(AppConfig):
    name = "jams"
    verbose_name = _("Jams")

    def ready(self) -> None:
        from core.fields import refresh_sort_keys
        from jams import signals  # noqa: F401  (connects the signals
        from jams.selectors.search import INDEX

        post_migrate.connect(INDEX.repair, sender=self)
        post_migrate.connect(refresh_sort_keys, sender=self)
