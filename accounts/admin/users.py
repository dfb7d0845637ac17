"""Accounts in the admin, and whether each uses two-factor authentication."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from accounts.services import two_factor
from accounts.services.passwords import build_password_url
from core.admin import TolerantChangeList
from core.http.base_url import get_base_url
from core.http.types import AuthenticatedRequest

admin.site.unregister([Group, User, StaticDevice, TOTPDevice])  # django-otp's own pages show secrets


@admin.register(Group)
class TolerantGroupAdmin(GroupAdmin):
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TolerantChangeList]:
        return TolerantChangeList


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # not generic at runtime
    list_display = ["username", "first_name", "last_name", "is_staff", "two_factor_on"]
    actions = ["turn_two_factor_off", "make_password_links"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TolerantChangeList]:
        return TolerantChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(has_two_factor=Exists(devices))

    @admin.display(description=_("two-factor authentication"), boolean=True)
    def two_factor_on(self, user: Any) -> bool:
        return bool(user.has_two_factor)

    @admin.action(permissions=["change"], description=_("Turn off two-factor authentication and log out everywhere"))
    def turn_two_factor_off(self, request: AuthenticatedRequest, queryset: QuerySet[Any]) -> None:
        """Help users who lost both their phone and their recovery codes."""
        users = list(queryset.filter(has_two_factor=True))
        for user in users:
            two_factor.disable(user=user)
            two_factor.end_sessions(user=user)
        if users:
            LogEntry.objects.log_actions(
                request.user.pk, users, CHANGE, change_message=gettext("Two-factor authentication turned off.")
            )
        sentence = ngettext(
            "Two-factor authentication turned off for %(count)d account.",
            "Two-factor authentication turned off for %(count)d accounts.",
            len(users),
        )
        self.message_user(request, sentence % {"count": len(users)}, messages.SUCCESS)

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        """Whether the user is an administrator: whoever sets somebody's password can be them."""
        return bool(request.user.is_superuser)

    @admin.action(permissions=["superuser"], description=_("Create a link for a new password"))
    def make_password_links(self, request: AuthenticatedRequest, queryset: QuerySet[Any]) -> None:
        """Show a link for each active account, which the administrator hands over."""
        users = list(queryset.filter(is_active=True))
        for user in users:
            link = build_password_url(user, get_base_url(request))
            sentence = gettext("Link for a new password of %(name)s, which works once, for a day: %(link)s")
            self.message_user(request, sentence % {"name": user.get_username(), "link": link}, messages.WARNING)
        if users:
            LogEntry.objects.log_actions(
                request.user.pk, users, CHANGE, change_message=gettext("Link for a new password created.")
            )
