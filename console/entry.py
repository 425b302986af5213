"""Signing in to the browser pages, and who may open them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth import login, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from aladdin import audit
from aladdin.problems import Problem
from organization.access import may
from organization.back_office.rights import may_enter
from organization.caller import caller
from organization.models import Staff
from organization.sign_in import check_password

Page = Callable[[HttpRequest], HttpResponse]
BACKEND = "organization.sign_in.EmployeeBackend"


class SignInForm(forms.Form):
    """Number and password; a refusal of the bank stands above the form."""

    employee_no = forms.CharField(
        label="工号", max_length=12, widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"})
    )
    password = forms.CharField(
        label="密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    staff: Staff

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "employee_no" in said and "password" in said:
            try:
                self.staff = check_password(said["employee_no"], said["password"])
            except Problem as refusal:
                raise forms.ValidationError(refusal.detail, code=refusal.code) from refusal
        return said


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; goes on to where one wanted to go."""
    if request.user.is_authenticated:
        return redirect(_onward(request, caller(request)))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.staff, backend=BACKEND)
        audit.record(by=form.staff, action="sign_in", subject=f"staff/{form.staff.pk}", channel="browser")
        return redirect(_onward(request, form.staff))
    status = 401 if form.errors else 200
    return render(request, "console/sign_in.html", {"form": form, "next": _asked(request)}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, on this browser alone."""
    logout(request)
    return redirect("console:sign-in")


def _asked(request: HttpRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""


def _onward(request: HttpRequest, staff: Staff) -> str:
    """Where he wanted to go, if that is here; else his first page: an administrator's is the back office."""
    asked = _asked(request)
    here = {request.get_host()}
    if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts=here, require_https=request.is_secure()):
        return asked
    at_back = may_enter(staff) and not may(staff, "console.read")
    return reverse("admin:index") if at_back else reverse("console:home")


def page(action: str) -> Callable[[Page], Page]:
    """A page for those who hold `action`; others signed in are told so, strangers go to sign in."""

    def wrapped(view: Page) -> Page:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if not may(caller(request), action):
                enters_back = may_enter(caller(request))
                return render(request, "console/not_permitted.html", {"enters_back": enters_back}, status=403)
            return view(request)

        return guarded

    return wrapped


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A part of a page whose session has ended takes the whole page to the sign-in, not just itself."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url("console:sign-in")})
    return redirect_to_login(request.get_full_path())
