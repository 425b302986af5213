"""Relationship managers by the thousand, each with a phone that is signed in."""

from collections.abc import Iterator

from bench.phones import Person
from organization.models import Branch, DeviceToken, RoleAssignment, Staff
from organization.roles import Role
from organization.tree import open_branch

OF_A_BRANCH = 50


def gather(count: int) -> list[Person]:
    """So many people of a new bank, fifty to a branch; nobody knows their passwords."""
    head = open_branch(code="0001", name="总行", kind=Branch.Kind.HEAD_OFFICE)
    city = open_branch(code="1000", name="分行", kind=Branch.Kind.BRANCH, below=head)
    staff = [person for number in range(0, count, OF_A_BRANCH) for person in _branch(city, number, count)]
    Staff.objects.bulk_create(staff)
    RoleAssignment.objects.bulk_create([RoleAssignment(staff=each, role=Role.RM) for each in staff])
    return [_signed_in(each, f"bench-{number}") for number, each in enumerate(staff)]


def _branch(city: Branch, first: int, count: int) -> Iterator[Staff]:
    branch = open_branch(code=f"{2000 + first // OF_A_BRANCH}", name="支行", kind=Branch.Kind.SUB_BRANCH, below=city)
    for number in range(first, min(first + OF_A_BRANCH, count)):
        yield Staff(employee_no=f"B{number:06d}", name=f"员工{number}", branch=branch, position=Staff.Position.RM)


def _signed_in(staff: Staff, device: str) -> Person:
    _, token = DeviceToken.objects.create(user=staff, device_id=device)
    return Person(staff.pk, device, token)
