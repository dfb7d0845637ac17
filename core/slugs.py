"""Addresses made from names, one for each row however many are made at once."""

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

MAX_NAME_CHARACTERS = 60  # characters of the name; what tells two of one name apart comes after them
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class SluggedModel(models.Model):
    """A model whose `slug`, when it is left empty, is made from its `name` as the row is written."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.slug:
            super().save(*args, **kwargs)
            return
        slugs = generate_slugs(self.name, self._meta.model_name or "")
        while not self._save_as(next(slugs), *args, **kwargs):
            pass

    def _save_as(self, slug: str, *args: Any, **kwargs: Any) -> bool:
        """Return whether `slug` was free; asked by trying, so that two who try at once get two."""
        self.slug = slug
        try:
            with transaction.atomic():
                super().save(*args, **kwargs)
        except IntegrityError:
            if type(self)._default_manager.filter(slug=slug).exists():
                return False
            raise
        return True


def generate_slugs(name: str, kind: str) -> Iterator[str]:
    """Yield slugs for `name`, the plain one first, without end; a name without letters is called by its `kind`."""
    base = slugify(name)[:MAX_NAME_CHARACTERS].strip("-")
    if base:
        yield base
    while True:
        yield f"{base or kind}-{get_random_string(5, ALPHABET)}"
