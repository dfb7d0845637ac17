"""Background pictures: the nights of a series share one file, which goes with the last of them."""

from functools import partial

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models.fields.files import FieldFile

from jams.models import Jam, Series


def delete_picture(picture: FieldFile) -> None:
    """Delete the file of a picture, after the transaction commits, unless a night of the same series still shows it."""
    if picture.name:
        transaction.on_commit(partial(_delete_file, picture.storage, picture.name), robust=True)


def _delete_file(storage: Storage, name: str) -> None:
    is_shown = Jam.objects.filter(background=name).exists() or Series.objects.filter(background=name).exists()
    if not is_shown:
        storage.delete(name)
