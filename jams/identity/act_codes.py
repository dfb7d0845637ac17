"""The code with which others join an act. Those in it see it on their phones and pass it on, so that nobody else joins.

It is derived from the act and a number, which counts up when the code is to change.
"""

from django.utils.crypto import salted_hmac

from core.stable_names import ACT_CODE_SALT
from core.unique_values import ALPHABET

LENGTH = 5  # see `jams.services.room_code.LENGTH`


def derive_act_code(band: int, number: int = 0) -> str:
    """Return a code of the act with this id: the one that it has when its code has changed so many times."""
    words = f"{band}.{number}" if number else str(band)
    secret = int.from_bytes(salted_hmac(ACT_CODE_SALT, words, algorithm="sha256").digest())
    return "".join(ALPHABET[secret // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))
