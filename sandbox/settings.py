"""What the stand-ins are told: the bank's credentials, where to call it back, where to keep state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


@dataclass
class SandboxSettings:
    """Credentials default to those of the bank's development settings; callbacks may be set while running."""

    data: Path | None = None
    """Folder of the journals; None keeps everything in memory."""

    wechat_app_id: str = field(default="wx00000000sandbox0", metadata={"env": "WECHAT_APP_ID"})
    wechat_app_secret: str = field(default="sandbox-secret", metadata={"env": "WECHAT_APP_SECRET"})
    wechat_token: str = field(default="sandboxtoken", metadata={"env": "WECHAT_TOKEN"})
    wechat_aes_key: str = field(
        default="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", metadata={"env": "WECHAT_ENCODING_AES_KEY"}
    )
    wechat_account: str = field(default="gh_sandbox000000", metadata={"env": "SANDBOX_WECHAT_ACCOUNT"})
    wechat_name: str = field(default="阿拉丁客户经理助手", metadata={"env": "SANDBOX_WECHAT_NAME"})
    wechat_mode: str = field(default="aes", metadata={"env": "SANDBOX_WECHAT_MODE"})
    """How events reach the bank: `aes` or `plain`."""
    wechat_callback: str = field(default="", metadata={"env": "SANDBOX_WECHAT_CALLBACK"})

    sms_key_id: str = field(default="sandbox-sms", metadata={"env": "SMS_KEY_ID"})
    sms_key_secret: str = field(default="sandbox-sms-secret", metadata={"env": "SMS_KEY_SECRET"})
    sms_callback_key: str = field(default="sandbox-sms-callback", metadata={"env": "SMS_CALLBACK_KEY"})
    sms_callback: str = field(default="", metadata={"env": "SANDBOX_SMS_CALLBACK"})
    """The bank's address below which `reports` and `uplinks` are."""

    mail_port: int = 0
    """Where mail is taken by SMTP on this machine; 0: any free port."""
    mail_bounce_key: str = field(default="sandbox-mail-bounces", metadata={"env": "MAIL_BOUNCE_KEY"})
    mail_callback: str = field(default="", metadata={"env": "SANDBOX_MAIL_CALLBACK"})
    """Where the bank's mail server hands on what comes back."""

    core_banking_key: str = field(default="sandbox-core-banking", metadata={"env": "CORE_BANKING_SIGNING_KEY"})
    core_banking_callback: str = field(default="", metadata={"env": "SANDBOX_CORE_BANKING_CALLBACK"})

    e_signing_key: str = field(default="sandbox-e-signing", metadata={"env": "E_SIGNING_SIGNING_KEY"})
    e_signing_callback: str = field(default="", metadata={"env": "SANDBOX_E_SIGNING_CALLBACK"})

    identity_app_key: str = field(default="sandbox", metadata={"env": "IDENTITY_VERIFICATION_APP_KEY"})
    identity_key: str = field(default="sandbox-identity", metadata={"env": "IDENTITY_VERIFICATION_SIGNING_KEY"})

    bureau_org_code: str = field(default="10000000000000", metadata={"env": "CREDIT_BUREAU_ORG_CODE"})
    bureau_key: str = field(default="sandbox-bureau", metadata={"env": "CREDIT_BUREAU_SIGNING_KEY"})

    geocoder_key: str = field(default="sandbox-geocoder", metadata={"env": "GEOCODER_SIGNING_KEY"})

    def __post_init__(self) -> None:
        if self.wechat_mode not in ("aes", "plain"):
            raise ValueError("SANDBOX_WECHAT_MODE is aes or plain")
        callbacks = (self.core_banking_callback, self.sms_callback, self.mail_callback, self.e_signing_callback)
        for url in (self.wechat_callback, *callbacks):
            require_loopback(url)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SandboxSettings:
        """The settings of a process; raises ValueError for one that cannot be meant."""
        named = {
            each.name: environment[each.metadata["env"]]
            for each in fields(cls)
            if "env" in each.metadata and environment.get(each.metadata["env"])
        }
        data = environment.get("SANDBOX_DATA")
        port = int(environment.get("SANDBOX_MAIL_PORT") or 0)
        return cls(data=Path(data) if data else None, mail_port=port, **named)


def require_loopback(url: str) -> None:
    """The sandbox calls this machine only: a page in a browser must not send it anywhere else.

    Empty means no callback. Raises ValueError."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK_NAMES):
        raise ValueError(f"callbacks go to this machine only, not to {url!r}")
