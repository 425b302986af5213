from django.urls import path

from notifications.wechat.callback import CallbackView

urlpatterns = [path("callback", CallbackView.as_view(), name="wechat-callback")]
