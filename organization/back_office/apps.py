from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Django admin on the bank's own site."""

    default_site = "organization.back_office.site.BackOffice"
