"""The page inside WeChat on which an employee binds himself: WeChat says which follower, the password says who."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from aladdin.problems import Problem
from notifications.models import WeChatBinding
from notifications.wechat import bindings, oauth
from organization.sign_in import check_password


class SignInForm(forms.Form):
    """Number and password."""

    employee_no = forms.CharField(label="工号", max_length=12)
    password = forms.CharField(label="密码", max_length=128, widget=forms.PasswordInput, strip=False)


@method_decorator(never_cache, name="dispatch")
class BindView(View):
    """The page itself; whoever is not known by WeChat yet is sent there first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for number and password."""
        try:
            oauth.openid_of(request.session)
        except oauth.OAuthRefused:
            return HttpResponseRedirect(oauth.begin(request.session))
        return _page(request, form=SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Bind."""
        form = SignInForm(request.POST)
        try:
            openid = oauth.openid_of(request.session)
            if not form.is_valid():
                return _page(request, form=form, status=400)
            staff = check_password(form.cleaned_data["employee_no"], form.cleaned_data["password"])
            bindings.bind(staff, openid=openid, way=WeChatBinding.Way.OAUTH)
        except oauth.OAuthRefused as refusal:
            return _page(request, refusal=refusal.detail, status=refusal.status)
        except Problem as refusal:
            return _page(request, form=form, refusal=refusal.detail, status=refusal.status)
        oauth.forget(request.session)
        return _page(request, done=f"{staff.name}，绑定成功。业务提醒将发送到此微信。")


@never_cache
def come_back(request: HttpRequest) -> HttpResponse:
    """WeChat sends the browser back here."""
    try:
        oauth.come_back(request.session, code=request.GET.get("code", ""), state=request.GET.get("state", ""))
    except Problem as refusal:
        return _page(request, refusal=refusal.detail, status=refusal.status)
    return HttpResponseRedirect(reverse("wechat-bind"))


def _page(
    request: HttpRequest, *, form: SignInForm | None = None, done: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    return render(request, "wechat/bind.html", {"form": form, "done": done, "refusal": refusal}, status=status)
