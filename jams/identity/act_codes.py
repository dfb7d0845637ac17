"""The code with which others join an act. Those in it see it on their phones and pass it on, so that nobody else joins.

It is derived from the act, so it needs no column and lasts as long as the act is to come.
"""

from django.utils.crypto import salted_hmac

from core.stable_names import ACT_CODE_SALT
from core.unique_values import ALPHABET

LENGTH = 5  # see `jams.services.room_code.LENGTH`


def derive_act_code(band: int) -> str:
    """Return the code of the act with this id."""
    number = int.from_bytes(salted_hmac(ACT_CODE_SALT, str(band), algorithm="sha256").digest())
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))
