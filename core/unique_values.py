"""Values that must be unique and are generated: try one, and take another if it is taken.

Only the database can tell whether a value is free, because two requests may choose the same one at once.
"""

from collections.abc import Callable

from django.db import IntegrityError, models, transaction

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no character that people mistake for another


def save_if_free(row: models.Model, field_name: str, save: Callable[[], None]) -> bool:
    """Call `save`, which writes `row`; return False if another row has its value of `field_name` already.

    Raises IntegrityError if another constraint is violated.
    """
    try:
        with transaction.atomic():
            save()
    except IntegrityError:
        if type(row)._default_manager.filter(**{field_name: getattr(row, field_name)}).exists():
            return False
        raise
    return True
