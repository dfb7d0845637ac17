from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SongsConfig(AppConfig):
    name = "songs"
    verbose_name = _("Songs")

    def ready(self) -> None:
        from core.fields import refresh_sort_keys
        from songs import signals  # noqa: F401  (connects the signals)
        from songs.selectors.search import INDEX
        from songs.services.instruments import create_shipped_instruments

        post_migrate.connect(create_shipped_instruments, sender=self)
        post_migrate.connect(INDEX.repair, sender=self)
        post_migrate.connect(refresh_sort_keys, sender=self)
