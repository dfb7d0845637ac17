"""Short codes that people read from a screen and type on a phone."""

from functools import partial
from typing import Any

from django.db import models
from django.utils.crypto import get_random_string

from core.unique_values import ALPHABET, save_if_free

CODE_LENGTH = 5


def generate_code() -> str:
    """Return a random code. It may be taken: the database's unique constraint decides."""
    return get_random_string(CODE_LENGTH, ALPHABET)


def generate_unique_codes(count: int) -> list[str]:
    """Return `count` random codes without duplicates; 2,000 random codes have one with a probability of 7 %."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add(generate_code())
    return sorted(codes)


class ShortCodeModel(models.Model):
    """A model whose new row takes another `code` if the one that it drew is taken."""

    code: "models.CharField[Any, Any]"
    slug: "models.SlugField[Any, Any]"

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        slug = self.slug
        while not save_if_free(self, "code", partial(super().save, *args, **kwargs)):
            self.slug, self.code = slug, generate_code()
