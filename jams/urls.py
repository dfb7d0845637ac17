from django.urls import path

from jams import lists, views

app_name = "jams"
urlpatterns = [
    path("", lists.home, name="home"),
    path("about/", lists.about, name="about"),
    path("jams/", lists.jam_list, name="list"),
    path("jams/<slug:slug>/", views.detail, name="detail"),
    path("jams/<slug:slug>/board/", views.board_fragment, name="board"),
    path("jams/<slug:slug>/qr.svg", views.qr_code, name="qr"),
]
