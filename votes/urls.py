from django.urls import path

from votes.views import crowd_control, suggestions, votes

app_name = "votes"
urlpatterns = [
    path("jams/<slug:slug>/songs/<int:entry_id>/vote/", votes.vote, name="heart"),
    path("jams/<slug:slug>/suggest/", suggestions.suggest, name="suggest"),
    path("jams/<slug:slug>/arrivals/", crowd_control.arrivals, name="arrivals"),
    path("jams/<slug:slug>/arrivals/room-code/", crowd_control.room_code, name="room-code"),
    path("jams/<slug:slug>/arrivals/void/", crowd_control.void, name="void"),
]
