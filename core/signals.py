"""The one door for domain events: after the commit, plain data, Django signals underneath."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

#: A jam, its set list, its people or its votes changed. Arguments: slug (str) of the jam, what (str).
jam_changed = Signal()
#: Something in a shared list changed. Arguments: what ("songs", "venues" or "jams").
list_changed = Signal()


def send_on_commit(signal: Signal, **data: Any) -> None:
    """Tell the receivers of `signal` once the transaction around the caller has committed, or at once without one.

    A receiver that fails is logged by Django and harms neither the commit nor the other receivers: what was
    written is written, whatever the cache and the live updates do.
    """
    transaction.on_commit(partial(signal.send_robust, sender=None, **data), robust=True)
