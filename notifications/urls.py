from django.urls import path

from notifications import api

urlpatterns = [
    path("notices", api.NoticeListView.as_view(), name="notices"),
    path("notices/unread-count", api.UnreadCountView.as_view(), name="notices-unread"),
    path("notices/read-all", api.ReadAllView.as_view(), name="notices-read-all"),
    path("notices/<uuid:notice_id>/read", api.ReadView.as_view(), name="notice-read"),
    path("notices/<uuid:notice_id>/acted", api.ActView.as_view(), name="notice-acted"),
    path("wechat-binding", api.WeChatBindingView.as_view(), name="wechat-binding"),
    path("wechat-binding/invitation", api.WeChatInvitationView.as_view(), name="wechat-invitation"),
]
