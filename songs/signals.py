"""Signal receivers that keep the catalogue of instruments up to date."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from core.signals import list_changed, send_on_commit
from songs.instruments import store
from songs.models import Instrument


@receiver([post_save, post_delete], sender=Instrument)
def instrument_saved(**kwargs: Any) -> None:
    send_on_commit(list_changed, what="instruments")


@receiver(list_changed)
def forget_instruments(what: str, **kwargs: Any) -> None:
    if what == "instruments":
        store.forget()
