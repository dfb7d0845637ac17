"""Forgotten passwords, and new ones. A change of one's own password is a page of Django's admin site."""

from django.urls import path

from accounts.views import passwords

app_name = "passwords"
urlpatterns = [
    path("forgotten/", passwords.forgotten_password, name="forgotten"),
    path("new/", passwords.new_password, name="new"),
]
