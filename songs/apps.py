from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SongsConfig(AppConfig):
    name = "songs"
    verbose_name = _("Songs")

    def ready(self) -> None:
        from songs.selectors.search import INDEX

        post_migrate.connect(INDEX.repair, sender=self)
