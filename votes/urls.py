from django.urls import path

from votes import door_views, views, wish_views

app_name = "votes"
urlpatterns = [
    path("jams/<slug:slug>/songs/<int:entry_id>/vote/", views.heart, name="heart"),
    path("jams/<slug:slug>/suggest/", wish_views.suggest, name="suggest"),
    path("jams/<slug:slug>/door/", door_views.door, name="door"),
    path("jams/<slug:slug>/door/room-code/", door_views.room_code, name="room-code"),
    path("jams/<slug:slug>/door/void/", door_views.void, name="void"),
]
