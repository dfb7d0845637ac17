from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VenuesConfig(AppConfig):
    name = "venues"

    def ready(self) -> None:
        from venues.selectors import INDEX

        post_migrate.connect(INDEX.repair, sender=self)
