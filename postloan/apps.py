from django.apps import AppConfig


class PostLoanConfig(AppConfig):
    name = "postloan"
    verbose_name = "贷后管理"
