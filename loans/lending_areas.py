"""The areas that the house is registered in: where it has outlets. A bank that has set areas of its own keeps them."""

from datetime import date

from aladdin import areas
from loans.models import LendingArea

#: Langfang, Shijiazhuang and Xiongan; Tianjin; Beijing (domain 0).
_HOME = ("13", "12", "11")
_FROM = date(2020, 1, 1)
_BASIS = "金融许可证载明的机构所在地；商业银行互联网贷款管理暂行办法（银保监会令2020年第9号）：不得跨注册地辖区"


def seed() -> None:
    """The provinces of the house's outlets, where no area is set yet."""
    if not LendingArea.objects.exists():
        LendingArea.objects.bulk_create(
            LendingArea(code=code, name=areas.PROVINCES[code], effective_from=_FROM, legal_basis=_BASIS)
            for code in _HOME
        )
