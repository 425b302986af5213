"""What holds in every place. Secrets and addresses come from the environment; nothing here is one."""

from datetime import timedelta
from pathlib import Path

import environ
from django.templatetags.static import static

env = environ.Env()
ROOT = Path(__file__).resolve().parent.parent.parent

SECRET_KEY: str = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Rooms ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "organization.back_office.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_filters",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_fsm",
    "treebeard",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "aladdin",
    "organization",
    "notifications",
    "performance",
    "products",
    "crm",
    "loans",
    "postloan",
    "console",
    "demo",
]

MIDDLEWARE = [
    "aladdin.timing.ServerTimingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "aladdin.clock.ReplayClockMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "aladdin.urls"
ASGI_APPLICATION = "aladdin.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database and Redis --------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql://localhost/aladdin")}
# The pool lives in the process; a connection per ASGI thread would leave them open by the dozen.
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 2,
    "max_size": env.int("DATABASE_POOL_SIZE", default=20),
    "timeout": 10,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL: str = env("REDIS_URL", default="redis://localhost:6379/0")

# --- Who signs in, and how -----------------------------------------------------------------------
AUTH_USER_MODEL = "organization.Staff"
AUTHENTICATION_BACKENDS = ["organization.sign_in.EmployeeBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "console:sign-in"
LOGIN_REDIRECT_URL = "console:home"
LOGOUT_REDIRECT_URL = "console:sign-in"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
KNOX_TOKEN_MODEL = "organization.DeviceToken"  # noqa: S105  a model's name
REST_KNOX = {
    "SECURE_HASH_ALGORITHM": "hashlib.sha512",
    "TOKEN_TTL": timedelta(hours=12),
    "AUTH_HEADER_PREFIX": "Token",
    "TOKEN_MODEL": KNOX_TOKEN_MODEL,
}

# --- Mobile API ----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["organization.sign_in.DeviceTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["organization.access.MayDo"],
    "DEFAULT_PARSER_CLASSES": ["aladdin.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["aladdin.api.rendering.OrjsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "aladdin.api.schema.BankSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "aladdin.api.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "阿拉丁 Aladdin API",
    "DESCRIPTION": "客户经理移动展业接口：客户、贷款进件到放款、业绩与排名、通知。",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "ENUM_NAME_OVERRIDES": {
        "BranchKind": "organization.models.Branch.Kind",
        "StaffRole": "organization.roles.Role",
        "StaffPosition": "organization.models.Staff.Position",
        "CustomerKind": "crm.models.customers.Customer.Kind",
        "OwnershipRole": "crm.models.customers.Ownership.Role",
        "AccountKind": "crm.models.holdings.Account.Kind",
        "HolderRole": "crm.models.holdings.AccountHolder.Role",
        "TransactionPurpose": "crm.models.holdings.Transaction.Purpose",
        "FeedState": "crm.models.incoming.FeedFile.State",
        "EventOutcome": "crm.models.incoming.CoreEvent.Outcome",
        "ShelfState": "products.machine.ShelfState",
        "ProductType": "products.models.ProductType",
        "DeliveryStatus": "notifications.models.delivery.Delivery.Status",
        "NoticeMode": "notifications.manners.Mode",
        "NoticeOutlet": "notifications.manners.Outlet",
        "ChannelOutlet": "notifications.models.operations.Outlet",
        "NoticeManner": "notifications.manners.Manner",
        "BindingWay": "notifications.models.wechat.WeChatBinding.Way",
        "ApplicationState": "loans.states.State",
        "LoanKind": "loans.codes.LoanKind",
        "LoanPurpose": "loans.codes.Purpose",
        "RepaymentMethod": "loans.codes.RepaymentMethod",
        "StepModule": "loans.codes.Step",
        "RepaymentKind": "loans.models.repayment.Repayment.Kind",
        "OfferState": "loans.models.offer.LoanOffer.State",
        "CollateralKind": "loans.codes.CollateralKind",
        "PrepaymentWay": "loans.models.repayment.Prepayment.Way",
        "PrepaymentState": "loans.models.repayment.Prepayment.State",
        "MaterialType": "loans.codes.MaterialType",
        "QueryReason": "loans.codes.QueryReason",
        "AuthorityDraftState": "loans.models.matrix.AuthorityDraft.State",
        "CommitteeSittingState": "loans.models.committee.CommitteeSitting.State",
        "ReturnReason": "loans.reasons.ReturnReason",
        "RefusalReason": "loans.reasons.RefusalReason",
        "SigningEnvelopeState": "loans.models.esigning.SigningEnvelope.State",
        "SigningWay": "loans.models.contract.Contract.Signing",
        "InterviewMode": "loans.diligence.codes.InterviewMode",
        "CashFlowSource": "loans.diligence.codes.Source",
        "IdentityMethod": "loans.models.credit.IdentityCheck.Method",
        "FaceOutcome": "loans.models.credit.IdentityCheck.Face",
        "IdentityOutcome": "loans.models.credit.IdentityCheck.Outcome",
        "CreditReportState": "loans.models.credit.CreditReport.State",
        "SignatureMethod": "loans.models.evidence.SignedByCustomer.Method",
        "PartyRole": "loans.codes.PartyRole",
        "UploadState": "loans.models.imaging.Upload.State",
        "ViewPurpose": "loans.models.imaging.ViewPurpose",
        "DuplicateVerdict": "loans.models.imaging.PictureMatch.Verdict",
        "ReadingKind": "loans.models.reading.DocumentReading.Kind",
        "ReadingState": "loans.models.reading.DocumentReading.State",
        "PaymentMode": "loans.models.account.Payment.Mode",
        "PaymentState": "loans.models.account.Payment.State",
        "LoanAccountStatus": "loans.models.account.LoanAccount.Status",
        "CheckStatus": "postloan.machine.CheckStatus",
        "CheckKind": "postloan.machine.CheckKind",
        "CheckMethod": "postloan.machine.Method",
    },
}

# --- Jobs ----------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- Keys for personal data ----------------------------------------------------------------------
# "id:base64(32 bytes)", newest first; older ones stay so that older rows can be read.
FIELD_KEYS: list[str] = env.list("FIELD_KEYS", default=[])
FIELD_CIPHER: str = env("FIELD_CIPHER", default="AES-256-GCM")
BLIND_INDEX_KEY: str = env("BLIND_INDEX_KEY", default="")
# Unassigned area code 999999 in identity numbers: made-up people only, never in production.
ACCEPT_TEST_IDENTITIES: bool = False

# --- Providers outside the bank ------------------------------------------------------------------
# Where customers and employees find the bank's pages; stands in messages.
PUBLIC_URL: str = env("PUBLIC_URL", default=env("ALADDIN_URL", default="http://127.0.0.1:8000"))
SANDBOX_URL: str = env("SANDBOX_URL", default="http://127.0.0.1:8001")
WECHAT = {
    "BASE_URL": env("WECHAT_BASE_URL", default="https://api.weixin.qq.com"),
    "OAUTH_URL": env("WECHAT_OAUTH_URL", default="https://open.weixin.qq.com"),
    "QR_URL": env("WECHAT_QR_URL", default="https://mp.weixin.qq.com/cgi-bin/showqrcode"),
    "APP_ID": env("WECHAT_APP_ID", default=""),
    "APP_SECRET": env("WECHAT_APP_SECRET", default=""),
    "TOKEN": env("WECHAT_TOKEN", default=""),
    "ENCODING_AES_KEY": env("WECHAT_ENCODING_AES_KEY", default=""),
    "TIMEOUT": env.float("WECHAT_TIMEOUT", default=5.0),
    # The account's template with thing1 事项, thing2 对象, time3 时间, thing4 说明.
    "NOTICE_TEMPLATE": env("WECHAT_NOTICE_TEMPLATE", default="aladdin-business-notice"),
}
SMS = {
    "BASE_URL": env("SMS_BASE_URL", default="https://dysmsapi.aliyuncs.com"),
    "KEY_ID": env("SMS_KEY_ID", default=""),
    "KEY_SECRET": env("SMS_KEY_SECRET", default=""),
    # Signs the gateway's calls to /sms/reports and /sms/uplinks.
    "CALLBACK_KEY": env("SMS_CALLBACK_KEY", default=""),
    "SIGN_NAME": env("SMS_SIGN_NAME", default="阿拉丁银行"),
    "TIMEOUT": env.float("SMS_TIMEOUT", default=5.0),
}
# Mail to employees, over the bank's own server and to its own domains only.
MAIL = {
    "FROM": env("MAIL_FROM", default="aladdin@localhost"),
    "FROM_NAME": env("MAIL_FROM_NAME", default="阿拉丁"),
    "MESSAGE_DOMAIN": env("MAIL_MESSAGE_DOMAIN", default="aladdin.localhost"),
    "DOMAINS": env.list("MAIL_DOMAINS", default=[]),
    # Signs the mail server's calls to /mail/bounces.
    "BOUNCE_KEY": env("MAIL_BOUNCE_KEY", default=""),
}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST: str = env("EMAIL_HOST", default="localhost")
EMAIL_PORT: int = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER: str = env("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD: str = env("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS: bool = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL: bool = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT: float = env.float("EMAIL_TIMEOUT", default=5.0)
# Where the platforms of group robots answer; each robot's own key stands in its row.
ROBOTS = {
    "WECOM": env("WECOM_BASE_URL", default="https://qyapi.weixin.qq.com"),
    "FEISHU": env("FEISHU_BASE_URL", default="https://open.feishu.cn"),
    "DINGTALK": env("DINGTALK_BASE_URL", default="https://oapi.dingtalk.com"),
    "TIMEOUT": env.float("ROBOTS_TIMEOUT", default=5.0),
}
CORE_BANKING = {
    "BASE_URL": env("CORE_BANKING_BASE_URL", default=""),
    "SIGNING_KEY": env("CORE_BANKING_SIGNING_KEY", default=""),
    "TIMEOUT": env.float("CORE_BANKING_TIMEOUT", default=5.0),
}
IDENTITY_VERIFICATION = {
    "BASE_URL": env("IDENTITY_VERIFICATION_BASE_URL", default=""),
    "APP_KEY": env("IDENTITY_VERIFICATION_APP_KEY", default=""),
    "SIGNING_KEY": env("IDENTITY_VERIFICATION_SIGNING_KEY", default=""),
    "TIMEOUT": env.float("IDENTITY_VERIFICATION_TIMEOUT", default=5.0),
}
CREDIT_BUREAU = {
    "BASE_URL": env("CREDIT_BUREAU_BASE_URL", default=""),
    "ORG_CODE": env("CREDIT_BUREAU_ORG_CODE", default=""),
    "SIGNING_KEY": env("CREDIT_BUREAU_SIGNING_KEY", default=""),
    "TIMEOUT": env.float("CREDIT_BUREAU_TIMEOUT", default=10.0),
}
GEOCODER = {
    "BASE_URL": env("GEOCODER_BASE_URL", default=""),
    "SIGNING_KEY": env("GEOCODER_SIGNING_KEY", default=""),
    "TIMEOUT": env.float("GEOCODER_TIMEOUT", default=5.0),
}
# Cards are read on our own machines (`loans/ocr/engine.py`): bytes and seconds of one process with the models.
OCR = {
    "ENGINE": env("OCR_ENGINE", default="loans.ocr.engine.ProcessEngine"),
    "PROCESSES": env.int("OCR_PROCESSES", default=1),
    "THREADS": env.int("OCR_THREADS", default=2),
    "MEMORY": env.int("OCR_MEMORY", default=3 * 1024**3),
    "TIMEOUT": env.float("OCR_TIMEOUT", default=20.0),
    "START_TIMEOUT": env.float("OCR_START_TIMEOUT", default=60.0),
}

E_SIGNING = {
    "BASE_URL": env("E_SIGNING_BASE_URL", default=""),
    "SIGNING_KEY": env("E_SIGNING_SIGNING_KEY", default=""),
    "TIMEOUT": env.float("E_SIGNING_TIMEOUT", default=10.0),
}

# --- Papers --------------------------------------------------------------------------------------
# Stands at the head of every paper and in its seal.
BANK_NAME: str = env("BANK_NAME", default="阿拉丁银行")
# What contracts are sealed with (aladdin/papers/keys.py): "pkcs12:BASE64[:PASSPHRASE]" as a certificate authority gives
# it out, or "seed:BASE64" for a desk. Certificates that the bank sealed with before, base64 DER, stay trusted.
PAPER_SEAL: str = env("PAPER_SEAL", default="")
PAPER_SEAL_FORMER: list[str] = env.list("PAPER_SEAL_FORMER", default=[])

# --- Files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = False
# Nothing here is served: pictures go out through views that check who asks.
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(ROOT / "var" / "media")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# --- Language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["organization.back_office.formats"]
# Requests of a replay say which moment they stand at; anywhere else the header means nothing.
REPLAY_CLOCK: bool = False

# --- Pages ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "object-src": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
UNFOLD = {
    "SITE_TITLE": "阿拉丁后台",
    "SITE_HEADER": "阿拉丁后台",
    "SITE_SUBHEADER": "配置与运行",
    "SITE_URL": "/console/",
    "SITE_ICON": lambda request: static("console/lamp.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/lamp.svg")}],
    "SHOW_HISTORY": True,
    "THEME": "light",
    "BORDER_RADIUS": "7px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% 0.011 250)",
            "100": "oklch(93% 0.024 250)",
            "200": "oklch(87% 0.046 250)",
            "300": "oklch(78% 0.08 250)",
            "400": "oklch(66% 0.107 250)",
            "500": "oklch(54% 0.108 250)",
            "600": "oklch(44% 0.096 250)",
            "700": "oklch(36% 0.078 250)",
            "800": "oklch(30% 0.06 250)",
            "900": "oklch(25% 0.05 250)",
            "950": "oklch(19% 0.04 250)",
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    # httpx prints whole URLs, and WeChat carries its access token in one.
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # A refusal is an answer, not trouble of ours.
        "django.request": {"level": "ERROR"},
        # A line for every job deferred and done would bury what matters.
        "procrastinate": {"level": "WARNING"},
        # What is wrong with a file that someone shows us is our answer to him, not trouble of ours.
        "pyhanko": {"level": "CRITICAL"},
        "pyhanko_certvalidator": {"level": "CRITICAL"},
    },
}

# Networks within the bank that webhooks may reach besides the open internet, e.g. 10.20.0.0/16.
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])
