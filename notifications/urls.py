from django.urls import path

from notifications import api, api_announcements, api_channels, api_mail, api_preferences, api_webhooks

urlpatterns = [
    path("notices", api.NoticeListView.as_view(), name="notices"),
    path("notices/unread-count", api.UnreadCountView.as_view(), name="notices-unread"),
    path("notices/read-all", api.ReadAllView.as_view(), name="notices-read-all"),
    path("notices/<uuid:notice_id>/read", api.ReadView.as_view(), name="notice-read"),
    path("notices/<uuid:notice_id>/acted", api.ActView.as_view(), name="notice-acted"),
    path("announcements", api_announcements.AnnouncementsView.as_view(), name="announcements"),
    path("announcements/<uuid:announcement_id>", api_announcements.AnnouncementView.as_view(), name="announcement"),
    path("announcements/<uuid:announcement_id>/read", api_announcements.ReadView.as_view(), name="announcement-read"),
    path(
        "announcements/<uuid:announcement_id>/withdraw",
        api_announcements.WithdrawView.as_view(),
        name="announcement-withdraw",
    ),
    path(
        "announcements/<uuid:announcement_id>/remind",
        api_announcements.RemindView.as_view(),
        name="announcement-remind",
    ),
    path(
        "announcements/<uuid:announcement_id>/receipts",
        api_announcements.ReceiptsView.as_view(),
        name="announcement-receipts",
    ),
    path(
        "announcements/<uuid:announcement_id>/comments",
        api_announcements.CommentsView.as_view(),
        name="announcement-comments",
    ),
    path(
        "announcements/<uuid:announcement_id>/comments/<uuid:comment_id>/withdraw",
        api_announcements.WithdrawCommentView.as_view(),
        name="announcement-comment-withdraw",
    ),
    path("notification-preferences", api_preferences.PreferencesView.as_view(), name="notification-preferences"),
    path("mail-address", api_mail.MailAddressView.as_view(), name="mail-address"),
    path("wechat-binding", api.WeChatBindingView.as_view(), name="wechat-binding"),
    path("wechat-binding/qr-code", api.WeChatQRCodeView.as_view(), name="wechat-qr-code"),
    path("wechat-binding/invitation", api.WeChatInvitationView.as_view(), name="wechat-invitation"),
    path("notification-channels", api_channels.FiguresView.as_view(), name="channel-figures"),
    path("notification-stops", api_channels.StopsView.as_view(), name="channel-stops"),
    path("notification-stops/<uuid:stop_id>/lift", api_channels.LiftView.as_view(), name="channel-stop-lift"),
    path("notification-redos", api_channels.RedosView.as_view(), name="redos"),
    path("notification-redos/preview", api_channels.RedoPreviewView.as_view(), name="redo-preview"),
    path("notification-redos/<uuid:redo_id>", api_channels.RedoView.as_view(), name="redo"),
    path("webhook-events", api_webhooks.CatalogueView.as_view(), name="webhook-events"),
    path("webhooks", api_webhooks.EndpointsView.as_view(), name="webhooks"),
    path("webhooks/<uuid:endpoint_id>", api_webhooks.EndpointView.as_view(), name="webhook"),
    path("webhooks/<uuid:endpoint_id>/rotate", api_webhooks.RotateView.as_view(), name="webhook-rotate"),
    path("webhooks/<uuid:endpoint_id>/test", api_webhooks.TryOutView.as_view(), name="webhook-test"),
    path("webhooks/<uuid:endpoint_id>/replay", api_webhooks.ReplayView.as_view(), name="webhook-replay"),
    path("webhooks/<uuid:endpoint_id>/deliveries", api_webhooks.DeliveriesView.as_view(), name="webhook-deliveries"),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries/<int:number>/attempts",
        api_webhooks.AttemptsView.as_view(),
        name="webhook-attempts",
    ),
]
