from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnly
from core.exceptions import ActionError
from core.http.types import AuthenticatedRequest
from jams.admin.attendee import AttendeeAdmin
from jams.admin.host_scoped import HostScopedAdmin, RecentJamFilter
from jams.admin.put_on_night import put_on_night
from jams.models import Attendee
from songs.admin import SongAdmin
from songs.models import Song
from votes.models import Vote
from votes.services.void_votes import void_votes


class VotesOfJamFilter(RecentJamFilter):
    to_jam = "entry__jam"


@admin.register(Vote)
class VoteAdmin(ReadOnly, HostScopedAdmin):
    """Votes. Hosts can view them; only superusers can delete single votes."""

    to_jam = "entry__jam"
    list_display = ["created_at", "entry", "attendee"]
    list_select_related = ["entry__song", "entry__jam", "attendee"]
    list_filter = [VotesOfJamFilter]
    search_fields = ["entry__song__title", "attendee__name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser


admin.site.unregister(Song)  # `songs` must not depend on votes; registered again below


@admin.register(Song)
class LibraryAdmin(SongAdmin):
    """Songs, of which two can be merged with all their votes, and many put on a night."""

    actions = ["put_on_night", *SongAdmin.actions, "merge"]

    def has_list_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may put songs on set lists."""
        return request.user.has_perm("jams.add_entry")

    @admin.action(permissions=["list"], description=_("Put on a night"))
    def put_on_night(self, request: AuthenticatedRequest, queryset: QuerySet[Song]) -> HttpResponse | None:
        return put_on_night(self, request, queryset)

    @admin.action(permissions=["change"], description=_("Merge"))
    def merge(self, request: HttpRequest, queryset: QuerySet[Song]) -> HttpResponse | None:
        """Lead to the page that says what merging does; the song that was played more often is proposed to stay."""
        pair = list(queryset.order_by("-times_played", "pk").values_list("pk", flat=True)[:3])
        if len(pair) != len(("keep", "twin")):
            self.message_user(request, gettext("Choose two different songs."), messages.ERROR)
            return None
        keep, twin = pair
        return redirect(f"{reverse('votes:merge')}?keep={keep}&twin={twin}")


admin.site.unregister(Attendee)  # `jams` must not depend on votes; registered again below


@admin.register(Attendee)
class VoterAdmin(AttendeeAdmin):
    """Attendees with their number of votes; a host can remove the votes of selected attendees."""

    list_display = ["__str__", "given", "votes_void", "created_at", "jam"]
    actions = ["take_votes_out"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendee]:
        given = Vote.objects.filter(attendee=OuterRef("pk")).order_by().values("attendee").annotate(n=Count("pk"))
        counted = Coalesce(Subquery(given.values("n"), output_field=IntegerField()), 0)
        people: QuerySet[Attendee] = super().get_queryset(request)
        return people.annotate(vote_count=counted)

    @admin.display(description=_("votes"), ordering="vote_count")
    def given(self, attendee: Any) -> int:
        return int(attendee.vote_count)

    @admin.action(permissions=["change"], description=_("Remove votes"))
    def take_votes_out(self, request: AuthenticatedRequest, queryset: QuerySet[Attendee]) -> HttpResponse | None:
        """Remove votes after a confirmation; records an event that can be undone on the console."""
        people = list(queryset.select_related("jam"))
        if request.POST.get("sure") == "1":
            self._take_out(request, people)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Remove these votes?"),
            "opts": self.opts,
            "people": people,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/votes/take_out.html", context)

    def _take_out(self, request: AuthenticatedRequest, people: list[Attendee]) -> None:
        number = 0
        for attendee in people:
            try:
                event = void_votes(attendee=attendee, user=request.user, now=timezone.now())
            except ActionError as refusal:
                self.message_user(request, f"{attendee.jam}: {refusal}", messages.WARNING)
            else:
                number += event.data["n"] if event else 0
        self.message_user(request, gettext("Votes removed: %(number)d.") % {"number": number}, messages.SUCCESS)
