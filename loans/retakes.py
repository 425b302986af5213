"""Whether a picture is good enough, and what to do better: what the phone says before the RM walks on."""

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


def problems(scores: Scores, *, width: int, height: int) -> list[Blocker]:
    """Why another shot is wanted; nothing where the picture will do. The thresholds are the bank's parameters."""
    found = []
    if min(width, height) < parameters.integer("loan.picture_short_edge_min"):
        found.append(Blocker("too_small", "照片尺寸过小，请靠近一些重新拍摄"))
    if scores.sharpness < parameters.decimal("loan.picture_sharpness_min"):
        found.append(Blocker("blurred", "照片模糊，请拿稳手机、对焦后重新拍摄"))
    if scores.glare > parameters.decimal("loan.picture_glare_max") / Decimal(100):
        found.append(Blocker("glare", "照片有反光，请换个角度或避开灯光重新拍摄"))
    if scores.brightness < parameters.decimal("loan.picture_brightness_min"):
        found.append(Blocker("too_dark", "光线太暗，请到明亮处重新拍摄"))
    return found
