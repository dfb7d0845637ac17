from django.urls import path

from votes import views, wish_views

app_name = "votes"
urlpatterns = [
    path("jams/<slug:slug>/songs/<int:entry_id>/vote/", views.heart, name="heart"),
    path("jams/<slug:slug>/suggest/", wish_views.suggest, name="suggest"),
]
