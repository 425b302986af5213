"""What proves that the customer himself signed."""

from django.db import models


class SignedByCustomer(models.Model):
    """A signature with its circumstances (电子签名法 13: own data, sole control, later changes detectable)."""

    class Method(models.TextChoices):
        HANDWRITTEN = "HANDWRITTEN", "手写签名"
        ONE_TIME_CODE = "ONE_TIME_CODE", "短信验证码"
        FACE = "FACE", "人脸核验"
        PAPER = "PAPER", "纸质签字"

    signing_method = models.CharField("签署方式", max_length=16, choices=Method, blank=True)
    signature_sha256 = models.CharField("签名摘要", max_length=64, blank=True)
    signature_file = models.CharField("签名文件", max_length=200, blank=True)
    signed_device = models.CharField("签署设备", max_length=64, blank=True)
    signed_ip = models.GenericIPAddressField("签署地址", null=True, blank=True)
    signed_place = models.CharField("签署地点", max_length=200, blank=True)

    class Meta:
        abstract = True
