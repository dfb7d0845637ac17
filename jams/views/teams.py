"""The pages for hosts around their teams: who runs a venue, a night or a series, and invitations of others."""

from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.exceptions import Invalid
from core.http.methods import require_form
from jams.identity.host_access import (
    HostRequest,
    require_host,
    require_host_account,
    require_series_host,
    require_team_member,
)
from jams.models import Invitation, Jam, Series
from jams.public_urls import build_invitation_url
from jams.selectors.teams import find_invitation, read_team
from jams.services import invitations
from jams.services.invitations import Target
from jams.services.teams import remove_host
from venues.models import Role, Venue
from venues.services import change_role, end_membership


@never_cache
@require_form
@require_team_member
def venue_team(request: HostRequest, venue: Venue) -> HttpResponse:
    return _show_or_invite(request, venue)


@never_cache
@require_form
@require_host
def night_team(request: HostRequest, jam: Jam) -> HttpResponse:
    return _show_or_invite(request, jam)


@never_cache
@require_form
@require_series_host
def series_team(request: HostRequest, series: Series) -> HttpResponse:
    return _show_or_invite(request, series)


@never_cache
@require_form
@require_team_member
def member(request: HostRequest, venue: Venue, person: int) -> HttpResponse:
    """Ask, then take somebody out of the team, or give them another role."""
    if request.method == "POST" and "role" in request.POST:
        changed = change_role(venue=venue, member_id=person, role=_read_role(request), user=request.user)
        sentence = _("%(name)s now has the role %(role)s.")
        messages.success(request, sentence % {"name": changed.user.get_username(), "role": changed.get_role_display()})
        return _redirect_to_team(venue)
    if request.method == "POST":
        ended = end_membership(venue=venue, member_id=person, user=request.user)
        return _say_who_left(request, venue, ended.user)
    return _ask(request, venue, person)


@never_cache
@require_form
@require_host
def night_host(request: HostRequest, jam: Jam, person: int) -> HttpResponse:
    """Ask, then take somebody off the hosts of the night."""
    return _ask_or_remove_host(request, jam, person)


@never_cache
@require_form
@require_series_host
def series_host(request: HostRequest, series: Series, person: int) -> HttpResponse:
    """Ask, then take somebody off the hosts of the series and of its nights."""
    return _ask_or_remove_host(request, series, person)


@never_cache
@require_safe
@require_host_account
def invitation(request: HostRequest, pk: int) -> HttpResponse:
    """Show an open invitation as a link and as a QR code."""
    found = _get_invitation(request, pk)
    url = build_invitation_url(request, found)
    picture = segno.make(url, error="m").svg_data_uri(scale=5, border=3, light="white")
    context = {"invitation": found, "link": url, "picture": picture, "team_url": _get_team_url(found.target)}
    return render(request, "host/invitation.html", context)


@never_cache
@require_POST
@require_host_account
def withdraw_invitation(request: HostRequest, pk: int) -> HttpResponse:
    found = _get_invitation(request, pk)
    invitations.withdraw_invitation(invitation=found, user=request.user, now=timezone.now())
    messages.success(request, _("The invitation was withdrawn. Its link doesn't work any more."))
    return _redirect_to_team(found.target)


def _show_or_invite(request: HostRequest, target: Target) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        role = _read_role(request) if isinstance(target, Venue) else None
        made = invitations.invite(target=target, role=role, user=request.user, now=now)
        return HttpResponseRedirect(reverse("host:invitation", args=[made.pk]), status=303)
    team = read_team(target, request.user, now=now)
    return render(request, "host/team.html", _describe_target(target, team=team))


def _ask_or_remove_host(request: HostRequest, row: Jam | Series, pk: int) -> HttpResponse:
    if request.method == "POST":
        return _say_who_left(request, row, remove_host(row=row, host_id=pk, user=request.user))
    return _ask(request, row, pk)


def _ask(request: HostRequest, target: Target, pk: int) -> HttpResponse:
    team = read_team(target, request.user, now=timezone.now())
    person = team.get_person(pk)
    if person is None or not (team.may_manage or person.is_me):
        raise Http404(_("This person isn't in the team any more."))
    return render(request, "host/member.html", _describe_target(target, team=team, person=person))


def _describe_target(target: Target, **more: Any) -> dict[str, Any]:
    kind = str(target._meta.model_name)
    return {"target": target, "kind": kind, kind: target, "team_url": _get_team_url(target), **more}


def _read_role(request: HostRequest) -> Role:
    """Return the role that was sent; raises Invalid for an unknown one."""
    try:
        return Role(request.POST.get("role", ""))
    except ValueError:
        raise Invalid(_("Choose one of the options.")) from None


def _get_invitation(request: HostRequest, pk: int) -> Invitation:
    found = find_invitation(pk, request.user, now=timezone.now())
    if found is None:
        raise Http404(_("There's no open invitation at this address."))
    return found


def _say_who_left(request: HostRequest, target: Target, user: Any) -> HttpResponse:
    if user == request.user:
        messages.success(request, _("You've left %(name)s.") % {"name": target.name})
        return HttpResponseRedirect(reverse("host:home"), status=303)
    messages.success(request, _("%(name)s was removed.") % {"name": user.get_username()})
    return _redirect_to_team(target)


def _redirect_to_team(target: Target) -> HttpResponse:
    return HttpResponseRedirect(_get_team_url(target), status=303)


def _get_team_url(target: Target) -> str:
    match target:
        case Venue():
            return reverse("host:venue_team", args=[target.slug])
        case Jam():
            return reverse("host:night_team", args=[target.slug])
        case Series():
            return reverse("host:series_team", args=[target.pk])
