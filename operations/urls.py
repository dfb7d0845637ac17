from django.contrib import admin
from django.urls import path

from operations import dashboard

app_name = "operations"
urlpatterns = [
    path("", admin.site.admin_view(dashboard.dashboard), name="dashboard"),
]
