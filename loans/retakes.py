"""Whether a picture is good enough, and what to do better: what the phone says before the RM walks on."""

from collections.abc import Mapping
from decimal import Decimal

from aladdin import parameters
from loans.blocker import Blocker
from loans.imaging import Scores
from loans.models import Material


def scores_of(material: Material) -> Scores | None:
    """As they were when it was filed; None for what was filed before pictures were judged."""
    if material.sharpness is None or material.glare is None or material.brightness is None:
        return None
    return Scores(material.sharpness, material.glare, material.brightness)


Bounds = Mapping[str, Decimal]


def bounds() -> Bounds:
    """The bank's thresholds of pictures, asked for at once; for a list once for all of it."""
    return parameters.several(
        "loan.picture_short_edge_min",
        "loan.picture_sharpness_min",
        "loan.picture_glare_max",
        "loan.picture_brightness_min",
    )


def problems(scores: Scores, *, width: int, height: int, within: Bounds) -> list[Blocker]:
    """Why another shot is wanted; nothing where the picture will do."""
    found = []
    if min(width, height) < within["loan.picture_short_edge_min"]:
        found.append(Blocker("too_small", "照片尺寸过小，请靠近一些重新拍摄"))
    if scores.sharpness < within["loan.picture_sharpness_min"]:
        found.append(Blocker("blurred", "照片模糊，请拿稳手机、对焦后重新拍摄"))
    if scores.glare > within["loan.picture_glare_max"] / Decimal(100):
        found.append(Blocker("glare", "照片有反光，请换个角度或避开灯光重新拍摄"))
    if scores.brightness < within["loan.picture_brightness_min"]:
        found.append(Blocker("too_dark", "光线太暗，请到明亮处重新拍摄"))
    return found
