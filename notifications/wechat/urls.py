from django.urls import path

from notifications.wechat import bind_page
from notifications.wechat.callback import CallbackView

urlpatterns = [
    path("callback", CallbackView.as_view(), name="wechat-callback"),
    path("bind", bind_page.BindView.as_view(), name="wechat-bind"),
    path("bind/back", bind_page.come_back, name="wechat-bind-back"),
]
