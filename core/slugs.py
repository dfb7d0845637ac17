"""Slugs made from names, unique however many rows are created at once."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import models
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from core.unique_values import ALPHABET, save_if_free

MAX_NAME_CHARACTERS = 60  # of a slug; the suffix that makes it unique comes on top


class SluggedModel(models.Model):
    """A model whose `slug` is made from its `name` on save, unless one was given."""

    name: "models.CharField[Any, Any]"
    slug: "models.SlugField[Any, Any]"

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.slug:
            super().save(*args, **kwargs)
            return
        for slug in generate_slugs(self.name, self._meta.model_name or ""):
            self.slug = slug
            if save_if_free(self, "slug", partial(super().save, *args, **kwargs)):
                return


def generate_slugs(name: str, kind: str) -> Iterator[str]:
    """Yield slugs for `name` without end, the plain one first. `kind` is the base if `name` has no letters."""
    base = slugify(name)[:MAX_NAME_CHARACTERS].strip("-")
    if base:
        yield base
    while True:
        yield f"{base or kind}-{get_random_string(5, ALPHABET)}"
