"""The first account of a new site."""

from django.urls import path

from accounts.views import first_account

app_name = "setup"
urlpatterns = [path("<str:token>/", first_account.first_account, name="first_account")]
