from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "loans"
    verbose_name = "贷款"

    def ready(self) -> None:
        """Make the room's file of the core banking system known to the door that takes files in, and let the official
        account answer about cases."""
        from crm.feeds.kinds import register  # noqa: PLC0415  models are not loaded before
        from loans import wechat_answers  # noqa: PLC0415  as above
        from loans.account_feed import KIND  # noqa: PLC0415  as above

        register(KIND)
        wechat_answers.register()
