from django.apps import AppConfig
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("API")

    def ready(self) -> None:
        from accounts.login_form import RateLimitedLoginForm, RateLimitedPasswordChangeForm

        admin.site.login_form = RateLimitedLoginForm
        admin.site.password_change_form = RateLimitedPasswordChangeForm
