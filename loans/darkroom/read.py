"""The process that reads text on pictures: the models are loaded once, then it answers picture after picture.

Argument: its bounds and threads as JSON. It says `{"ready": …}` when the models are loaded. Then, for each picture on
standard input, a line of JSON (`length` of the JPEG that follows, `side`: to how many pixels its longer side is
brought before text is looked for) is answered by a line of JSON: the lines of text, or `error`. It ends with its
standard input.

Engine: RapidOCR on onnxruntime with the PP-OCRv6 models that its wheel carries.
"""

import io
import json
import logging
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageDraw, ImageFont

from loans.darkroom.confine import confine

_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}


def main() -> None:
    """Load, then answer until nobody asks any more."""
    told = json.loads(sys.argv[1])
    engine = Engine(threads=int(told["threads"]))
    confine(memory=int(told["memory"]))
    asked, answers = sys.stdin.buffer, sys.stdout
    _say(answers, {"ready": engine.name})
    while header := asked.readline():
        wanted = json.loads(header)
        _say(answers, _answer(engine, asked.read(int(wanted["length"])), int(wanted["side"])))


def _answer(engine: "Engine", picture: bytes, side: int) -> dict[str, Any]:
    try:
        started = time.perf_counter()
        lines = engine.lines(picture, side)
        return {"lines": lines, "milliseconds": round((time.perf_counter() - started) * 1000)}
    except Exception as failure:  # noqa: BLE001  whatever a picture does to the engine, the next one is answered
        return {"error": type(failure).__name__}


def _say(answers: IO[str], what: dict[str, Any]) -> None:
    answers.write(json.dumps(what, ensure_ascii=False) + "\n")
    answers.flush()


class Engine:
    """RapidOCR with its models in memory."""

    def __init__(self, *, threads: int) -> None:
        # Here, not above: the models' libraries take two seconds and 600 MB, which only this process spends.
        import rapidocr  # noqa: PLC0415
        from rapidocr import RapidOCR  # noqa: PLC0415

        logging.disable(logging.CRITICAL)
        folder = Path(rapidocr.__file__).parent / "models"
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.limit_type": "max",
                # A path of our own: without one the library looks whether it should download.
                **{name: str(folder / file) for name, file in _MODELS.items()},
            }
        )
        self._engine(_warm_up())  # loads detection, direction and recognition
        self.name = f"rapidocr {version('rapidocr')} {_MODELS['Rec.model_path'].removesuffix('.onnx')}"

    def lines(self, picture: bytes, side: int) -> list[dict[str, Any]]:
        """Every line of text: what it says, how sure the engine is (0 to 1), its four corners in pixels."""
        detector: Any = self._engine.text_det  # loaded when warming up
        detector.limit_side_len = side
        found: Any = self._engine(picture)
        if found.boxes is None or found.txts is None or found.scores is None:
            return []
        return [
            {"text": text, "score": round(float(score), 4), "corners": [[round(float(v), 1) for v in p] for p in box]}
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]


def _warm_up() -> bytes:
    """A picture with a word on it."""
    sheet, out = Image.new("RGB", (320, 96), "white"), io.BytesIO()
    ImageDraw.Draw(sheet).text((20, 20), "WARM UP", font=ImageFont.load_default(48), fill="black")
    sheet.save(out, "PNG")
    return out.getvalue()
