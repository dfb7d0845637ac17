"""Template filters for the rules in `jams.policies`."""

from django import template

from jams import policies
from jams.models import Jam

register = template.Library()


@register.filter
def takes_votes(jam: Jam) -> bool:
    """Whether anyone can vote now."""
    return policies.who_may_vote(jam) is not policies.Audience.NOBODY


@register.filter
def takes_suggestions(jam: Jam) -> bool:
    """Whether anyone can suggest a song now."""
    return policies.who_may_suggest(jam) is not policies.Audience.NOBODY


@register.filter
def takes_sign_ups(jam: Jam) -> bool:
    """Whether musicians can sign up for songs now."""
    return policies.who_may_sign_up(jam) is not policies.Audience.NOBODY


@register.filter
def takes_acts(jam: Jam) -> bool:
    """Whether musicians can sign an act up now."""
    return policies.who_may_sign_up_act(jam) is not policies.Audience.NOBODY


register.filter("takes_players", policies.takes_players)
register.filter("has_waiting_list", policies.has_waiting_list)
register.filter("needs_approval", policies.needs_approval)
