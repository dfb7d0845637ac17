from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [path("remove/", views.confirm_removal, name="remove")]
