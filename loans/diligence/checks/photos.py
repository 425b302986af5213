"""Pictures of the place: when and where they were taken, against the upload, the visit, and the registered address."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from aladdin import clock, parameters
from loans.diligence import places
from loans.diligence.codes import Severity
from loans.diligence.distance import metres
from loans.diligence.finding import Case, Finding, Side
from loans.models import Material


def check(case: Case) -> Iterable[Finding]:
    registered = places.registered(case.application) if case.photos else None
    for number, photo in enumerate(case.photos, start=1):
        name = f"现场照片{number}"
        yield from _age(photo, name)
        yield from _time(case, photo, name)
        yield from _place(case, photo, name)
        if registered is not None:
            yield from _registered(photo, name, registered)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


def _age(photo: Material, name: str) -> Iterator[Finding]:
    """The device's time against the server's: an old picture, or one without a time."""
    about, field = str(photo.pk), f"materials.{photo.pk}"
    if photo.taken_at is None:
        sides = Side(name, "没有拍摄时间"), Side("上传时间", _shown(photo.created_at))
        yield Finding("PHOTO_WITHOUT_TIME", Severity.NOTE, f"{name}没有拍摄时间", *sides, field, about=about)
        return
    hours = parameters.integer("loan.crosscheck_photo_hours")
    if photo.created_at - photo.taken_at > timedelta(hours=hours):
        sides = Side("拍摄时间（设备）", _shown(photo.taken_at)), Side("上传时间（服务器）", _shown(photo.created_at))
        detail = f"{name}上传时已拍摄超过{hours}小时"
        yield Finding("PHOTO_OLD", Severity.SERIOUS, detail, *sides, field, about=about)


def _time(case: Case, photo: Material, name: str) -> Iterator[Finding]:
    """The picture was not taken on the day of the visit."""
    visit = case.investigation
    if visit is None or visit.visited_at is None or photo.taken_at is None:
        return
    if abs(visit.visited_at - photo.taken_at) > timedelta(days=1):
        sides = Side("拍摄时间", _shown(photo.taken_at)), Side("调查时间", _shown(visit.visited_at))
        detail = f"{name}的拍摄时间与现场调查时间不符"
        yield Finding("PHOTO_NOT_OF_VISIT", Severity.NOTE, detail, *sides, f"materials.{photo.pk}", about=str(photo.pk))


def _place(case: Case, photo: Material, name: str) -> Iterator[Finding]:
    """Where the device was against where the investigator says he was."""
    about, field = str(photo.pk), f"materials.{photo.pk}"
    where = places.where(photo)
    if where is None:
        sides = Side(name, "没有位置"), Side("要求", "拍摄时记录位置")
        yield Finding("PHOTO_WITHOUT_PLACE", Severity.NOTE, f"{name}没有位置信息", *sides, field, about=about)
        return
    visit = places.where(case.investigation)
    if visit is None:
        return
    apart, most = metres(where, visit), parameters.integer("loan.crosscheck_photo_metres")
    if apart > most:
        sides = Side("照片位置", _said(where)), Side("调查位置", _said(visit))
        detail = f"{name}距现场调查位置{apart}米，超过{most}米"
        yield Finding("PHOTO_FAR_FROM_VISIT", Severity.SERIOUS, detail, *sides, field, about=about)


def _registered(photo: Material, name: str, registered: places.Located) -> Iterator[Finding]:
    """How far the picture was taken from the address that is registered."""
    where = places.where(photo)
    if where is None:
        return
    apart, most = metres(where, registered.place), parameters.integer("loan.crosscheck_address_metres")
    if apart > most:
        sides = Side("照片位置", _said(where)), Side(registered.what, _said(registered.place))
        detail = f"{name}距{registered.what}{apart}米，超过{most}米"
        yield Finding(
            "PHOTO_FAR_FROM_ADDRESS", Severity.SERIOUS, detail, *sides, f"materials.{photo.pk}", about=str(photo.pk)
        )


def _said(place: places.Place) -> str:
    return f"{place[0]:.4f}, {place[1]:.4f}"
