"""The key in the link for a venue's television: with it, the stage screen shows the room code without a login.

The key is derived from the site's secret and the jam's `stage_link`, which counts the links made so far. So a copy of
the database holds no key, and a new link makes all older ones useless.
"""

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from core.stable_names import STAGE_LINK_SALT
from jams.models import Jam

KEY_LENGTH = 32  # hexadecimal digits, 128 bits


def derive_stage_key(jam: Jam) -> str:
    """Return the key of the current link for a television at `jam`."""
    return salted_hmac(STAGE_LINK_SALT, f"{jam.pk}:{jam.stage_link}", algorithm="sha256").hexdigest()[:KEY_LENGTH]


def has_stage_key(request: HttpRequest, jam: Jam) -> bool:
    """Whether the address of the request holds the current key of `jam`."""
    return constant_time_compare(request.GET.get("key", ""), derive_stage_key(jam))
