from django.urls import path

from console import entry, views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("parts", views.parts, name="parts"),
    path("sign-in", entry.sign_in, name="sign-in"),
    path("sign-out", entry.sign_out, name="sign-out"),
]
