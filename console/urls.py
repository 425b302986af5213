from django.urls import path

from console import channels, entry, views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("parts", views.parts, name="parts"),
    path("channels", channels.home, name="channels"),
    path("channels/stop", channels.stop, name="channels-stop"),
    path("channels/lift", channels.lift, name="channels-lift"),
    path("channels/redo", channels.send_again, name="channels-redo"),
    path("sign-in", entry.sign_in, name="sign-in"),
    path("sign-out", entry.sign_out, name="sign-out"),
]
