"""The forms for hosts: a new night, the next one like it, its plan, its deletion; a new venue."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from core.exceptions import ActionError, Conflict
from core.http.methods import require_form
from jams.forms import LAST_NIGHT, LIST, NEW_VENUE, SETS, PlanForm, show_clock
from jams.identity.host_access import HostRequest, require_host, require_host_account, require_permission
from jams.models import Format, Jam, JamStatus
from jams.selectors import planning as plans
from jams.services import planning
from jams.services.jam_status import cancel_jam, reinstate_jam
from jams.views._remarks import remark_overlap
from songs.models import Song
from venues.forms import VenueForm, VenuePageForm
from venues.models import Venue, list_time_zones
from venues.policies import filter_changeable
from venues.services import add_venue, change_venue


@never_cache
@require_form
@require_host_account
@require_permission("jams.add_jam")
def new_night(request: HostRequest) -> HttpResponse:
    return _plan_night(request)


@never_cache
@require_form
@require_host
@require_permission("jams.add_jam")
def copy_night(request: HostRequest, jam: Jam) -> HttpResponse:
    return _plan_night(request, like=jam)


@never_cache
@require_form
@require_host
@require_permission("jams.change_jam")
def edit_night(request: HostRequest, jam: Jam) -> HttpResponse:
    venues = plans.list_usable_venues(request.user)
    if jam.venue not in venues:
        venues.insert(0, jam.venue)  # an archived one may stay
    sent = _get_sent(request)
    with timezone.override(_get_zone(sent, venues, default=jam.venue)):
        form = PlanForm(sent, instance=jam, venues=venues, can_add_venue=False, initial={"venue": str(jam.venue.pk)})
        if form.is_valid():
            changes = {**form.get_changes(), "venue": form.get_venue()}
            try:
                planning.change_night(jam=jam, user=request.user, now=timezone.now(), **changes)
            except Conflict as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Saved."))
                remark_overlap(request, Jam.objects.filter(pk=jam.pk))
                return _redirect_home()
        return render(request, "host/plan.html", {"form": form, "jam": jam})


@never_cache
@require_form
@require_host
@require_permission("jams.delete_jam")
def delete_night(request: HostRequest, jam: Jam) -> HttpResponse:
    """Ask first, and twice if guests have left something."""
    lost = plans.count_consequences(jam)
    is_agreed = "agreed" in request.POST or not lost.has_history
    if request.method == "POST" and is_agreed:
        planning.delete_jam(jam=jam, user=request.user)
        messages.success(request, _("%(jam)s was deleted.") % {"jam": jam.name})
        return _redirect_home()
    is_refused = request.method == "POST"
    return render(request, "host/delete.html", {"jam": jam, "lost": lost, "is_refused": is_refused})


@never_cache
@require_form
@require_host
def cancel_night(request: HostRequest, jam: Jam) -> HttpResponse:
    """Ask and say what follows, then cancel a night, or plan a cancelled one again."""
    if jam.status not in (JamStatus.SCHEDULED, JamStatus.CANCELLED):
        raise Conflict(_("Only a night that hasn't been opened yet can be cancelled."))
    if request.method == "POST":
        act, sentence = (
            (reinstate_jam, _("%(jam)s is planned again."))
            if jam.is_cancelled
            else (cancel_jam, _("%(jam)s has been cancelled."))
        )
        act(jam=jam, user=request.user, now=timezone.now())
        messages.success(request, sentence % {"jam": jam.name})
        way = reverse("host:series", args=[jam.series_id]) if jam.series_id else reverse("host:home")
        return HttpResponseRedirect(way, status=303)
    return render(request, "host/cancel.html", {"jam": jam, "lost": plans.count_consequences(jam)})


@never_cache
@require_form
@require_host_account
@require_permission("venues.add_venue")
def new_venue(request: HostRequest) -> HttpResponse:
    form = VenueForm(_get_sent(request), prefix="place")
    if form.is_valid():
        venue = add_venue(user=request.user, **form.cleaned_data)
        messages.success(request, _("%(venue)s has been added. Now plan your first night.") % {"venue": venue.name})
        return _redirect_home()
    return render(request, "host/venue.html", {"venue_form": form})


@never_cache
@require_form
@require_host_account
def edit_venue(request: HostRequest, venue: str) -> HttpResponse:
    """Change what the page of a venue says."""
    place = get_object_or_404(filter_changeable(Venue.objects.all(), request.user), slug=venue)
    form = VenuePageForm(_get_sent(request), request.FILES or None, instance=place)
    if form.is_valid():
        change_venue(venue=place, **form.values)
        return HttpResponseRedirect(place.get_absolute_url(), status=303)
    place.refresh_from_db()  # what was sent stays in the form alone
    return render(request, "host/edit_venue.html", {"venue": place, "venue_form": form})


def _plan_night(request: HostRequest, like: Jam | None = None) -> HttpResponse:
    now, sent = timezone.now(), _get_sent(request)
    venues, sources = plans.list_usable_venues(request.user), plans.list_song_sources(request.user)
    default = _choose_default_venue(request, like, venues)
    with timezone.override(_get_zone(sent, venues, default=default)):
        form = PlanForm(
            sent,
            request.FILES or None,
            venues=venues,
            can_add_venue=request.user.has_perm("venues.add_venue"),
            can_add_songs=request.user.has_perm("songs.add_song"),
            sources=sources,
            now=now,
            initial=_get_initial(like, default, sources, now),
        )
        venue_form = VenueForm(sent if form.wants_new_venue else None, prefix="place")
        if form.is_valid() and (form.get_venue() or venue_form.is_valid()):
            pasted = form.cleaned_data["lines"]
            try:
                jam = planning.plan_night(
                    user=request.user,
                    venue=form.get_venue() or venue_form.cleaned_data,
                    songs_from=_find_source(form),
                    pasted=pasted.songs if pasted else (),
                    like=like,
                    now=now,
                    **form.get_plan(),
                )
            except ActionError as error:
                form.add_error(None, str(error))  # an error page would lose what was typed
            else:
                return _lead_on(request, jam)
        return render(request, "host/plan.html", {"form": form, "venue_form": venue_form, "like": like})


def _lead_on(request: HostRequest, jam: Jam) -> HttpResponse:
    """Redirect to the home, or to the songs of a night that has none; without a library, to pasting a list."""
    count = jam.entries.count()
    sentence = ngettext("%(jam)s is planned, with %(n)d song.", "%(jam)s is planned, with %(n)d songs.", count)
    messages.success(request, sentence % {"jam": jam.name, "n": count})
    remark_overlap(request, Jam.objects.filter(pk=jam.pk))
    if count:
        return _redirect_home()
    way = "host:songs" if Song.objects.exists() else "host:songs_paste"
    return HttpResponseRedirect(reverse(way, args=[jam.slug]), status=303)


def _get_sent(request: HostRequest) -> Mapping[str, Any] | None:
    return request.POST if request.method == "POST" else None


def _get_zone(sent: Mapping[str, Any] | None, venues: list[Venue], *, default: Venue | None) -> tzinfo:
    """Return the time zone of the venue that was chosen, or typed for a new one; else that of `default`."""
    chosen, typed = (sent or {}).get("venue", ""), (sent or {}).get("place-time_zone", "")
    if chosen == NEW_VENUE and typed in list_time_zones():
        return ZoneInfo(typed)
    venue = next((venue for venue in venues if str(venue.pk) == chosen), default)
    return venue.zone if venue else timezone.get_default_timezone()


def _choose_default_venue(request: HostRequest, like: Jam | None, venues: list[Venue]) -> Venue | None:
    """Return the venue of the night to repeat, or of the one that the user planned last, or the first one."""
    model = like or plans.get_latest_night(request.user)
    if model and model.venue in venues:
        return model.venue
    return venues[0] if venues else None


def _get_initial(like: Jam | None, venue: Venue | None, sources: list[Jam], now: Any) -> dict[str, Any]:
    if like:
        start, end = plans.propose_next_times(like, now)
        songs = like.slug if like in sources else ""
        settings = planning.get_repeated_settings(like)
        repeated = {name: settings[name] for name in ("format", *SETS)}
        if like.hard_stop_at:
            repeated["hard_stop"] = show_clock(like.hard_stop_at)
    else:
        start, end = plans.propose_times(now, timezone.get_current_timezone())
        songs, repeated = LAST_NIGHT if venue else "", {"format": Format.SONGS}
    return {
        **repeated,
        "name": like.name if like else "",
        "venue": str(venue.pk) if venue else NEW_VENUE,
        "starts_at": start,
        "ends_at": end,
        "songs_from": songs,
    }


def _find_source(form: PlanForm) -> Jam | None:
    """Return the night whose songs were asked for."""
    wanted, venue = form.cleaned_data["songs_from"], form.get_venue()
    if wanted == LAST_NIGHT:
        return plans.find_last_night(venue, before=form.cleaned_data["starts_at"]) if venue else None
    return None if wanted == LIST else form.sources.get(wanted)


def _redirect_home() -> HttpResponse:
    return HttpResponseRedirect(reverse("host:home"), status=303)
