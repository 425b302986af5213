"""A desk: everything on this machine, sandboxes instead of providers. `bin/run` exports the secrets."""

import base64
import hashlib

from aladdin.settings.base import *  # noqa: F403  settings files are made to be layered
from aladdin.settings.base import SANDBOX_URL, env


def _desk_secret(purpose: str) -> str:
    """A stable secret for a desk without `bin/run`; worthless anywhere else."""
    return base64.b64encode(hashlib.sha256(f"aladdin desk {purpose}".encode()).digest()).decode()


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default=_desk_secret("secret key"))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
FIELD_KEYS = env.list("FIELD_KEYS", default=[f"desk:{_desk_secret('field key')}"])
BLIND_INDEX_KEY = env("BLIND_INDEX_KEY", default=_desk_secret("blind index"))
ACCEPT_TEST_IDENTITIES = True
PAPER_SEAL = env("PAPER_SEAL", default=f"seed:{_desk_secret('paper seal')}")
REPLAY_CLOCK = env.bool("REPLAY_CLOCK", default=False)
STATIC_ROOT = None  # type: ignore[assignment]  # nothing is collected at a desk
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

WECHAT = {
    "BASE_URL": env("WECHAT_BASE_URL", default=f"{SANDBOX_URL}/wechat"),
    "OAUTH_URL": env("WECHAT_OAUTH_URL", default=f"{SANDBOX_URL}/wechat"),
    "QR_URL": env("WECHAT_QR_URL", default=f"{SANDBOX_URL}/wechat/cgi-bin/showqrcode"),
    "APP_ID": env("WECHAT_APP_ID", default="wx00000000sandbox0"),
    "APP_SECRET": env("WECHAT_APP_SECRET", default="sandbox-secret"),
    "TOKEN": env("WECHAT_TOKEN", default="sandboxtoken"),
    "ENCODING_AES_KEY": env("WECHAT_ENCODING_AES_KEY", default="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
    "TIMEOUT": env.float("WECHAT_TIMEOUT", default=5.0),
    "NOTICE_TEMPLATE": env("WECHAT_NOTICE_TEMPLATE", default="aladdin-business-notice"),
}
SMS = {
    "BASE_URL": env("SMS_BASE_URL", default=f"{SANDBOX_URL}/sms"),
    "KEY_ID": env("SMS_KEY_ID", default="sandbox-sms"),
    "KEY_SECRET": env("SMS_KEY_SECRET", default="sandbox-sms-secret"),
    "CALLBACK_KEY": env("SMS_CALLBACK_KEY", default="sandbox-sms-callback"),
    "SIGN_NAME": env("SMS_SIGN_NAME", default="阿拉丁银行"),
    "TIMEOUT": env.float("SMS_TIMEOUT", default=5.0),
}
MAIL = {
    "FROM": env("MAIL_FROM", default="aladdin@bank.example"),
    "FROM_NAME": env("MAIL_FROM_NAME", default="阿拉丁"),
    "MESSAGE_DOMAIN": env("MAIL_MESSAGE_DOMAIN", default="aladdin.bank.example"),
    "DOMAINS": env.list("MAIL_DOMAINS", default=["bank.example"]),
    "BOUNCE_KEY": env("MAIL_BOUNCE_KEY", default="sandbox-mail-bounces"),
}
EMAIL_HOST = env("EMAIL_HOST", default="127.0.0.1")
EMAIL_PORT = env.int("EMAIL_PORT", default=8002)
ROBOTS = {
    "WECOM": env("WECOM_BASE_URL", default=f"{SANDBOX_URL}/robots/wecom"),
    "FEISHU": env("FEISHU_BASE_URL", default=f"{SANDBOX_URL}/robots/feishu"),
    "DINGTALK": env("DINGTALK_BASE_URL", default=f"{SANDBOX_URL}/robots/dingtalk"),
    "TIMEOUT": env.float("ROBOTS_TIMEOUT", default=5.0),
}
CORE_BANKING = {
    "BASE_URL": env("CORE_BANKING_BASE_URL", default=f"{SANDBOX_URL}/core-banking"),
    "SIGNING_KEY": env("CORE_BANKING_SIGNING_KEY", default="sandbox-core-banking"),
    "TIMEOUT": env.float("CORE_BANKING_TIMEOUT", default=5.0),
}
E_SIGNING = {
    "BASE_URL": env("E_SIGNING_BASE_URL", default=f"{SANDBOX_URL}/e-signing"),
    "SIGNING_KEY": env("E_SIGNING_SIGNING_KEY", default="sandbox-e-signing"),
    "TIMEOUT": env.float("E_SIGNING_TIMEOUT", default=10.0),
}
IDENTITY_VERIFICATION = {
    "BASE_URL": env("IDENTITY_VERIFICATION_BASE_URL", default=f"{SANDBOX_URL}/identity"),
    "APP_KEY": env("IDENTITY_VERIFICATION_APP_KEY", default="sandbox"),
    "SIGNING_KEY": env("IDENTITY_VERIFICATION_SIGNING_KEY", default="sandbox-identity"),
    "TIMEOUT": env.float("IDENTITY_VERIFICATION_TIMEOUT", default=5.0),
}
CREDIT_BUREAU = {
    "BASE_URL": env("CREDIT_BUREAU_BASE_URL", default=f"{SANDBOX_URL}/bureau"),
    "ORG_CODE": env("CREDIT_BUREAU_ORG_CODE", default="10000000000000"),
    "SIGNING_KEY": env("CREDIT_BUREAU_SIGNING_KEY", default="sandbox-bureau"),
    "TIMEOUT": env.float("CREDIT_BUREAU_TIMEOUT", default=10.0),
}
GEOCODER = {
    "BASE_URL": env("GEOCODER_BASE_URL", default=f"{SANDBOX_URL}/geocoder"),
    "SIGNING_KEY": env("GEOCODER_SIGNING_KEY", default="sandbox-geocoder"),
    "TIMEOUT": env.float("GEOCODER_TIMEOUT", default=5.0),
}
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=["127.0.0.0/8"])
