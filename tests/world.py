"""A small bank and its people, for tests: three standing persons are the owner, a colleague and a stranger."""

from dataclasses import dataclass, fields
from uuid import uuid4

from rest_framework.test import APIClient

from organization.models import Branch, RoleAssignment, Staff
from organization.roles import Role
from organization.sign_in import DEVICE_HEADER, sign_in
from organization.tree import open_branch

PASSWORD = "correct horse 9"

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


@dataclass
class Bank:
    """Head office above one branch (分行) with two sub-branches, and one person for each role."""

    head: Branch
    city: Branch
    east: Branch
    west: Branch
    rm: Staff
    co_rm: Staff
    other_rm: Staff
    stranger: Staff
    manager: Staff
    other_manager: Staff
    city_manager: Staff
    query_officer: Staff
    reviewer: Staff
    approver: Staff
    senior_approver: Staff
    disbursement_officer: Staff
    post_loan_reviewer: Staff
    product_manager: Staff
    head_office: Staff
    auditor: Staff
    admin: Staff


def hire(branch: Branch, position: Staff.Position, *roles: Role, name: str = "", **fields: object) -> Staff:
    """A new employee with the roles, signed in nowhere; the password is `PASSWORD`."""
    number = Staff.objects.count() + 1
    staff: Staff = Staff.objects.create_user(
        f"E{number:05d}",
        PASSWORD,
        name=name or f"{_SURNAMES[number % len(_SURNAMES)]}员工{number}",
        branch=branch,
        position=position,
        mobile=f"139{number:08d}",
        **fields,
    )
    RoleAssignment.objects.bulk_create([RoleAssignment(staff=staff, role=role) for role in roles])
    return staff


def found_bank() -> Bank:
    """The tree and its people: those that stand committed in the test database, or new ones where it is empty."""
    people = list(Staff.objects.select_related("branch").order_by("employee_no")[: len(_PEOPLE)])
    if not people:
        return _new_bank()
    tree = {branch.code: branch for branch in Branch.objects.filter(code__in=_TREE)}
    for staff in people:
        staff.branch = tree[staff.branch.code]
    branches = {name: tree[code] for name, code in zip(_BRANCHES, _TREE, strict=True)}
    return Bank(**branches, **dict(zip(_PEOPLE, people, strict=True)))


_BRANCHES = ("head", "city", "east", "west")
_TREE = ("0001", "1000", "1001", "1002")
#: In the order in which they are hired.
_PEOPLE = tuple(each.name for each in fields(Bank) if each.name not in _BRANCHES)


def _new_bank() -> Bank:
    kind = Branch.Kind
    head = open_branch(code="0001", name="总行", kind=kind.HEAD_OFFICE)
    city = open_branch(code="1000", name="廊坊分行", kind=kind.BRANCH, below=head)
    east = open_branch(code="1001", name="广阳支行", kind=kind.SUB_BRANCH, below=city)
    west = open_branch(code="1002", name="安次支行", kind=kind.SUB_BRANCH, below=city)
    rm, credit, ops = Staff.Position.RM, Staff.Position.CREDIT, Staff.Position.OPERATIONS
    manager, office = Staff.Position.MANAGER, Staff.Position.HEAD_OFFICE
    return Bank(
        head=head,
        city=city,
        east=east,
        west=west,
        rm=hire(east, rm, Role.RM, name="王小明"),
        co_rm=hire(east, rm, Role.RM, name="李小红"),
        other_rm=hire(east, rm, Role.RM, name="张伟"),
        stranger=hire(west, rm, Role.RM, name="陈陌"),
        manager=hire(east, manager, Role.BRANCH_MANAGER, name="刘行长"),
        other_manager=hire(west, manager, Role.BRANCH_MANAGER, name="马行长"),
        city_manager=hire(city, manager, Role.BRANCH_MANAGER, name="高行长"),
        query_officer=hire(city, credit, Role.CREDIT_QUERY_OFFICER, name="孙查询"),
        reviewer=hire(city, credit, Role.REVIEWER, name="周审查"),
        approver=hire(city, credit, Role.APPROVER, name="吴审批"),
        senior_approver=hire(head, credit, Role.APPROVER, name="郑终审"),
        disbursement_officer=hire(city, ops, Role.DISBURSEMENT_OFFICER, name="冯放款"),
        post_loan_reviewer=hire(city, credit, Role.POST_LOAN_REVIEWER, name="蒋贷后"),
        product_manager=hire(head, office, Role.PRODUCT_MANAGER, name="沈产品"),
        head_office=hire(head, office, Role.RETAIL_HQ, name="韩零售"),
        auditor=hire(head, office, Role.AUDITOR, name="杨审计"),
        admin=hire(head, office, Role.SYS_ADMIN, name="何管理", is_staff=True, is_superuser=True),
    )


class Phone(APIClient):
    """A signed-in person's phone: sends the token, the device, and a fresh Idempotency-Key with every POST."""

    def __init__(self, staff: Staff | None = None) -> None:
        super().__init__()
        self.staff = staff
        if staff is not None:
            device = str(uuid4())
            signed_in = sign_in(employee_no=staff.employee_no, password=PASSWORD, device_id=device)
            self.credentials(
                HTTP_AUTHORIZATION=f"Token {signed_in.token}",
                **{f"HTTP_{DEVICE_HEADER.upper().replace('-', '_')}": device},
            )

    def post(self, path, data=None, format=None, content_type=None, *, key=None, **extra):  # type: ignore[no-untyped-def, override]  # noqa: A002  APIClient's names
        """POST; `key` chooses the Idempotency-Key (a fresh one unless given, none for "")."""
        if key != "":
            extra.setdefault("HTTP_IDEMPOTENCY_KEY", key or str(uuid4()))
        return super().post(path, data, format=format, content_type=content_type, **extra)

    def patch(self, path, data=None, format=None, content_type=None, *, etag=None, **extra):  # type: ignore[no-untyped-def, override]  # noqa: A002  APIClient's names
        """PATCH; `etag` is the version that is edited."""
        if etag is not None:
            extra["HTTP_IF_MATCH"] = etag
        return super().patch(path, data, format=format, content_type=content_type, **extra)
