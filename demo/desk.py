"""The phones of a bank's people, each signed in once, and who takes part in a loan of a sub-branch."""

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

from demo.loan_story import People
from demo.phone import Phone, Timings
from demo.staffing import DEMO_PASSWORD
from notifications.models import Robot, WeChatBinding
from notifications.models.robot import Platform
from notifications.sms import templates
from notifications.sms.catalogue import CATALOGUE
from notifications.wechat import bindings
from organization.models import Branch, Staff
from organization.roles import Role


@dataclass
class Desk:
    """Phones at one address; threads may share it."""

    url: str
    timings: Timings = field(default_factory=Timings)
    _phones: dict[str, Phone] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def phone(self, staff: Staff) -> Phone:
        """The person's phone."""
        with self._guard:
            if staff.employee_no not in self._phones:
                phone = Phone(self.url, self.timings)
                self._phones[staff.employee_no] = phone.sign_in(staff.employee_no, DEMO_PASSWORD)
            return self._phones[staff.employee_no]

    def people_for(self, investigator: Staff) -> People:
        """A leads; B is the next colleague of the sub-branch; the city's desk and head office do the rest."""
        colleagues = list(
            Staff.objects.filter(branch=investigator.branch, position=Staff.Position.RM).order_by("employee_no")
        )
        other = colleagues[(colleagues.index(investigator) + 1) % len(colleagues)]
        city = investigator.branch.get_parent()
        head = city.get_parent()
        return People(
            investigator=self.phone(investigator),
            co_investigator=self.phone(other),
            co_investigator_id=str(other.pk),
            query_officer=self._on_desk(city, Role.CREDIT_QUERY_OFFICER),
            reviewer=self._on_desk(city, Role.REVIEWER),
            approvers=(self._on_desk(city, Role.APPROVER), self._on_desk(head, Role.APPROVER)),
            disbursement_officer=self._on_desk(city, Role.DISBURSEMENT_OFFICER),
        )

    def _on_desk(self, branch: Branch, role: Role) -> Phone:
        return self.phone(Staff.objects.with_role(role).get(branch=branch))


def follow_on_wechat(people: Iterable[Staff], sandbox: str) -> None:
    """The people follow the bank's account in the sandbox, and each is bound to his follower."""
    openids = {f"o-{staff.employee_no}": staff for staff in people}
    followers = [{"openid": openid, "name": staff.name, "follows": True} for openid, staff in openids.items()]
    httpx.post(f"{sandbox}/_sandbox/wechat/followers", json=followers, trust_env=False).raise_for_status()
    for openid, staff in openids.items():
        bindings.bind(staff, openid=openid, way=WeChatBinding.Way.SANDBOX)


def tell_credit_histories(sandbox: str, *, once_late: Iterable[str] = ()) -> None:
    """The bureau in the sandbox knows nothing bad of anybody, but of these identity numbers that they were late once:
    whoever is overdue today gets no loan, in a demo as elsewhere."""
    with httpx.Client(base_url=f"{sandbox}/_sandbox/bureau", trust_env=False) as bureau:
        bureau.post("/everybody", json={"history": "CLEAN"}).raise_for_status()
        for number in once_late:
            known = {"identity_no": number, "history": "PAST_OVERDUE"}
            bureau.post("/subjects", json=known).raise_for_status()


def register_texts(sandbox: str) -> None:
    """The carrier in the sandbox knows the house's texts, so that its page shows them as phones do."""
    texts = [
        {
            "code": templates.provider_code_at_a_desk(code),
            "name": shipped.name,
            "kind": shipped.kind,
            "text": templates.shipped_text(code),
        }
        for code, shipped in CATALOGUE.items()
    ]
    httpx.post(f"{sandbox}/_sandbox/sms/templates", json=texts, trust_env=False).raise_for_status()


def open_group_chats(branch: Branch, sandbox: str) -> None:
    """The branch has a group chat on each platform of the sandbox, with a robot of the bank's in it."""
    made = []
    for platform in Platform.values:
        key, secret = f"demo-{platform.lower()}-{branch.code}", secrets.token_hex(16)
        robot = Robot.objects.filter(branch=branch, platform=platform).first()
        robot = robot or Robot(branch=branch, platform=platform, name="业绩播报")
        robot.key, robot.secret = key, secret
        robot.save()
        made.append({"platform": platform.lower(), "key": key, "secret": secret, "group": f"{branch.name}工作群"})
    httpx.post(f"{sandbox}/_sandbox/robots/robots", json=made, trust_env=False).raise_for_status()
