"""The tree of branches: opening one, and its place in the bank."""

from django.db import transaction

from organization.models import Branch


@transaction.atomic
def open_branch(*, code: str, name: str, kind: Branch.Kind, below: Branch | None = None, area_code: str = "") -> Branch:
    """Open head office (`below` none) or a branch below another. Siblings stand in the order they were opened."""
    fields = {"code": code, "name": name, "kind": kind, "area_code": area_code}
    if below is None:
        made = Branch.objects.add_root(fields)
    else:
        made = Branch.objects.add_child(Branch.objects.select_for_update().get(pk=below.pk), fields)
    opened: Branch = Branch.objects.get(pk=made.pk)
    return opened


def path_of(branch: Branch) -> list[str]:
    """Names from head office down to the branch."""
    return [*(ancestor.name for ancestor in Branch.objects.get_ancestors(branch)), branch.name]
