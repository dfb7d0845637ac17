"""Two-factor authentication, for everybody who may open the admin."""

from django.contrib import admin
from django.urls import path

from accounts.views import two_factor

app_name = "accounts"
urlpatterns = [
    path("", admin.site.admin_view(two_factor.show_two_factor), name="two_factor"),
    path("begin/", admin.site.admin_view(two_factor.begin_setup), name="two_factor_begin"),
    path("confirm/", admin.site.admin_view(two_factor.confirm_setup), name="two_factor_confirm"),
    path("codes/", admin.site.admin_view(two_factor.renew_recovery_codes), name="two_factor_codes"),
    path("off/", admin.site.admin_view(two_factor.disable_two_factor), name="two_factor_off"),
]
