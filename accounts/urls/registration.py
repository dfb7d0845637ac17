"""Public registration."""

from django.urls import path

from accounts.views import registration

app_name = "registration"
urlpatterns = [
    path("", registration.ask_for_link, name="start"),
    path("confirm/", registration.confirm, name="confirm"),
]
