"""The email address of an account."""

from django.contrib import admin
from django.urls import path

from accounts.views import address

app_name = "address"
urlpatterns = [
    path("", admin.site.admin_view(address.change_address), name="change"),
    path("confirm/", address.confirm_address, name="confirm"),
]
