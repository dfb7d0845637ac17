from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.search_page, name="page"),
    path("suggestions/", views.search_suggestions, name="suggestions"),
    path("wanted/", views.search_statistics, name="wanted"),
    path("log/", views.log_search, name="log"),
]
