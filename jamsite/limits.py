"""How often somebody may do something."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from jamsite import cache, measures
from jamsite.refusal import Refused


def limit(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """Count one more `group` by `who`; raises Refused (429) above `rate` (like "120/m").

    While the cache is away nothing is counted and nothing refused.
    """
    if cache.is_away():
        return
    usage = get_usage(request, group=group, key=lambda *_: who, rate=rate, increment=True)
    if usage and usage["should_limit"]:
        measures.refusals.labels(group).inc()
        sentence = _("That was a lot at once. Take a breath and try again in a moment.")
        raise Refused(sentence, status=429, retry_after=max(1, usage["time_left"]))
