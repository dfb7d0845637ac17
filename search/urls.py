from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.page, name="page"),
    path("suggestions/", views.suggestions, name="suggestions"),
    path("wanted/", views.wanted, name="wanted"),
    path("heard/", views.heard, name="heard"),
]
