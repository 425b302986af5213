"""The words of contracts: the conditions of their clauses, who signs."""

from django.db import models


class ClauseCondition(models.TextChoices):
    """When a clause of a template belongs into a contract."""

    ALWAYS = "", "一律"
    HOUSING = "HOUSING", "个人住房贷款"
    NOT_HOUSING = "NOT_HOUSING", "非个人住房贷款"
    BUSINESS = "BUSINESS", "个人经营贷款"
    GUARANTEED = "GUARANTEED", "有保证人"
    MORTGAGED = "MORTGAGED", "有抵押物"
    UNSECURED = "UNSECURED", "无担保"
    CO_BORROWED = "CO_BORROWED", "有共同借款人"
    IN_TRANCHES = "IN_TRANCHES", "分次提款"
    AT_ONCE = "AT_ONCE", "一次提款"


class SignerRole(models.TextChoices):
    """As what somebody signs a contract."""

    BORROWER = "BORROWER", "借款人"
    CO_BORROWER = "CO_BORROWER", "共同借款人"
    SPOUSE = "SPOUSE", "借款人配偶"
    GUARANTOR = "GUARANTOR", "保证人"
