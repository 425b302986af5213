from django.urls import path

from notifications.mail import views

urlpatterns = [
    path("confirm/<str:token>", views.ConfirmView.as_view(), name="mail-confirm"),
    path("unsubscribe/<str:token>", views.UnsubscribeView.as_view(), name="mail-unsubscribe"),
    path("bounces", views.BounceView.as_view(), name="mail-bounces"),
]
