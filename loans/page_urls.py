from django.urls import path

from loans import pages

urlpatterns = [path("<slug:token>", pages.apply, name="customer-apply")]
