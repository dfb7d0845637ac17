"""Domain events: Django signals that carry plain data and are sent after the commit."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

#: A jam, its set list, its people or its votes changed. Arguments: slug (of the jam), what.
jam_changed = Signal()
#: A list that all jams share changed. Arguments: what ("songs", "venues" or "jams").
list_changed = Signal()


def send_on_commit(signal: Signal, **data: Any) -> None:
    """Send `signal` with `data` once the current transaction has committed, or at once outside a transaction.

    Django logs a receiver that fails; neither the commit nor the other receivers are affected.
    """
    transaction.on_commit(partial(signal.send_robust, sender=None, **data), robust=True)
