from django.urls import path

from loans.verification import pages

urlpatterns = [
    path("", pages.entry, name="verify"),
    path("<slug:code>", pages.paper, name="verify-paper"),
]
