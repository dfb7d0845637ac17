"""Passwords made of words about this site: long enough, and yet among the first that somebody would try here."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import fold_text

#: Words that come to mind here, in the languages of the site; the address of the site adds its own.
WORDS = (
    "jamsite", "jam", "session", "music", "musik", "stage", "buehne", "band", "live", "song", "night", "open", "mic",
    "host", "admin", "manager", "venue", "club", "bar", "guitar", "gitarre", "bass", "drums", "vocals", "password",
    "passwort", "kennwort", "login", "welcome", "willkommen", "secret", "geheim", "test", "demo", "qwertz", "qwerty",
)  # fmt: skip
FEWEST_OWN_LETTERS = 4
SHORTEST_WORD = 3  # of the address of the site


class SiteWordsValidator:
    """A validator of AUTH_PASSWORD_VALIDATORS: refuses what is nothing but such words, digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError unless four letters are left when those words are taken away.

        Digits alone and other scripts are not judged here.
        """
        text = fold_text(password)
        own = [
            word
            for word in re.split(r"[^a-z]+", urlsplit(settings.BASE_URL).hostname or "")
            if len(word) >= SHORTEST_WORD
        ]
        pattern = "|".join(sorted({*WORDS, *own}, key=len, reverse=True))
        left = re.sub(pattern, " ", text)
        has_words = left != text
        if has_words and sum(map(str.isalpha, left)) < FEWEST_OWN_LETTERS:
            raise ValidationError(_("This password is made of words about this site. Add some of your own."))

    def get_help_text(self) -> str:
        return _("Your password can't be made of words about this site alone.")
