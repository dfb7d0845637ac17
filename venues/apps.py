from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class VenuesConfig(AppConfig):
    name = "venues"
    verbose_name = _("Venues")

    def ready(self) -> None:
        from core.fields import refresh_sort_keys
        from venues.selectors import INDEX

        post_migrate.connect(INDEX.repair, sender=self)
        post_migrate.connect(refresh_sort_keys, sender=self)
