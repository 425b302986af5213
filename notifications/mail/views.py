"""Doors of mail: links that its readers follow, and bounces that the bank's mail server passes on.

A link shows a button and does nothing by itself: programs that look through mail open every link."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from aladdin import signatures
from notifications.mail import addresses, bounces
from notifications.models import MailAddress

logger = logging.getLogger(__name__)
LARGEST_BOUNCE = 256 * 1024


class LinkView(View):
    """A link of a mail: asks, and does it when the button is pressed."""

    purpose = question = button = done = ""

    @method_decorator(never_cache)
    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The question."""
        if addresses.holder_of(token, self.purpose) is None:
            return self._page(request, said="链接已失效", status=404)
        return self._page(request, said=self.question, button=self.button)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """The answer."""
        row = addresses.holder_of(token, self.purpose)
        if row is None:
            return self._page(request, said="链接已失效", status=404)
        self.do(row)
        return self._page(request, said=self.done)

    def do(self, row: MailAddress) -> None:
        """What the link is for."""
        raise NotImplementedError

    def _page(self, request: HttpRequest, *, said: str, button: str = "", status: int = 200) -> HttpResponse:
        answer = render(request, "mail/page.html", {"said": said, "button": button}, status=status)
        answer["Referrer-Policy"] = "no-referrer"
        return answer


class ConfirmView(LinkView):
    """The address is one's own."""

    purpose, question, button = addresses.CONFIRM, "确认使用此邮箱接收阿拉丁通知？", "确认"
    done = "邮箱已确认。"

    def do(self, row: MailAddress) -> None:
        """Confirm it."""
        addresses.confirm(row)


@method_decorator(csrf_exempt, name="dispatch")
class UnsubscribeView(LinkView):
    """No more digests. Mail programs post here by themselves (RFC 8058): the token is the proof, not a session."""

    purpose, question, button = addresses.UNSUBSCRIBE, "不再接收汇总邮件？", "退订"
    done = "已退订汇总邮件，其他通知不受影响。"

    def do(self, row: MailAddress) -> None:
        """End them."""
        addresses.set_digests(row, wanted=False, by=None)


@method_decorator(csrf_exempt, name="dispatch")
class BounceView(View):
    """Where the bank's mail server hands on what came back to the sender's box; signed with the bounce key."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take one notification, as it came. What is none of ours is taken too: the server would try again."""
        body = request.body
        try:
            signatures.verify(settings.MAIL["BOUNCE_KEY"], request.headers, body)
        except signatures.SignatureRefused as refused:
            logger.warning("bounce refused: %s", refused.code)
            return JsonResponse({"code": refused.code}, status=403)
        if len(body) > LARGEST_BOUNCE:
            return JsonResponse({"code": "too_large"}, status=413)
        bounce = bounces.read(body)
        return JsonResponse({"noted": bounce is not None and bounces.note(bounce)})
