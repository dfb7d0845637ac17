from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from accounts.models import ApiToken, Scope
from accounts.services.api_tokens import issue_token, revoke_tokens
from core.admin import ReadOnlySuperuserAdmin
from core.forms import CheckedForm

DEFAULT_LIFETIME = timedelta(days=365)


class TokenForm(CheckedForm):
    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("token", "Can"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:
            self.fields["expires_at"].initial = timezone.now() + DEFAULT_LIFETIME


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlySuperuserAdmin):
    """Superusers issue and revoke tokens. A token cannot be changed or deleted, and its secret is shown only once."""

    form = TokenForm
    list_display = ["name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    ordering = ["-created_at", "-pk"]
    fields = ["name", "user", "scopes", "expires_at"]
    actions = ["revoke_tokens"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.is_superuser(request)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in ("name", "user", "scopes", "expires_at")}
        token, secret = issue_token(**values, now=timezone.now())
        obj.__dict__.update(token.__dict__)
        told = gettext("Your new token is %(secret)s. Copy it now: it won't be shown again.") % {"secret": secret}
        self.message_user(request, told, messages.WARNING)

    @admin.action(permissions=["view"], description=gettext_lazy("Revoke"))
    def revoke_tokens(self, request: HttpRequest, queryset: Any) -> None:
        count = revoke_tokens(tokens=queryset, now=timezone.now())
        told = ngettext("%(count)d token was revoked.", "%(count)d tokens were revoked.", count) % {"count": count}
        self.message_user(request, told, messages.SUCCESS)
