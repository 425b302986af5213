from django.apps import AppConfig


class PostLoanConfig(AppConfig):
    name = "postloan"
    verbose_name = "贷后管理"

    def ready(self) -> None:
        """Let the official account answer about checks."""
        from postloan.wechat_answers import register  # noqa: PLC0415  models are not loaded before

        register()
