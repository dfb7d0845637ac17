"""Signal receivers for votes."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from core import metrics
from core.signals import jam_changed, send_on_commit
from jams.signals import is_cascade
from votes.models import Vote


@receiver([post_save, post_delete], sender=Vote)
def vote_changed(instance: Vote, origin: Any = None, **kwargs: Any) -> None:
    """Signal that the votes of a jam changed, except when they are deleted together with the jam or song."""
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.entry.jam.slug, what="votes")


@receiver(jam_changed)
def count_votes(what: str, count: int = 1, **kwargs: Any) -> None:
    if what == "votes":
        metrics.votes.inc(count)
