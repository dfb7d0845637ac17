from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SongsConfig(AppConfig):
    name = "songs"

    def ready(self) -> None:
        from songs.selectors.search import INDEX

        post_migrate.connect(INDEX.repair, sender=self)
