"""The picture on file: a head and shoulders in the citizen's own colours, 178 × 220 pixels."""

import hashlib
import io

from PIL import Image, ImageDraw

SIZE = (178, 220)


def portrait(identity_no: str) -> bytes:
    """A JPEG that is always the same for the same number."""
    seed = hashlib.sha256(identity_no.encode()).digest()
    skin = (205 + seed[0] % 40, 165 + seed[1] % 40, 135 + seed[2] % 40)
    coat = (seed[3] % 120, seed[4] % 120, seed[5] % 120)
    picture = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 150, 158, 300), fill=coat)
    draw.rectangle((75, 120, 103, 165), fill=skin)
    draw.ellipse((51, 40, 127, 142), fill=skin)
    draw.pieslice((47, 30, 131, 122), 180, 360, fill=(25, 22, 22))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
