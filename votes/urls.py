from django.urls import path

from votes import views

app_name = "votes"
urlpatterns = [
    path("jams/<slug:slug>/songs/<int:entry_id>/vote/", views.heart, name="heart"),
]
