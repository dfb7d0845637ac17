from django.urls import path

from exports import views

app_name = "exports"
urlpatterns = [
    path("", views.page, name="page"),
    path("everything.zip", views.everything, name="everything"),
    path("<slug:name>.csv", views.table, name="table"),
]
