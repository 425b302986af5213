"""Chromium for the browser tests: found, or installed where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")


class NoBrowser(RuntimeError):
    """CI must not pass without its browser tests."""


def chromium() -> str | None:
    """The browser's program: ALADDIN_CHROMIUM if named, else found, else installed; None if there is none.

    Raises NoBrowser instead of None in CI (CI=true).
    """
    found = _find()
    if found and _has_chinese_fonts():
        return found
    if _may_install():
        _install()
        found = _find()
    if found is None:
        _complain()
    return found


def _find() -> str | None:
    if named := os.environ.get("ALADDIN_CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def _has_chinese_fonts() -> bool:
    """Without them a screenshot shows boxes; where nothing can tell, we take it that there are some."""
    lister = shutil.which("fc-list")
    if lister is None:
        return True
    done = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip())


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> None:
    print(f"installing {' and '.join(PACKAGES)} for the browser tests …", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(
            ["apt-get", *step],  # noqa: S607 - wherever the system keeps it
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            print(f"apt-get {step[0]} failed:\n{done.stderr}", file=sys.stderr)
            return


def _complain() -> None:
    message = (
        "找不到 Chromium，且无法自动安装：浏览器测试将被跳过。\n"
        "No Chromium, and it cannot be installed from here: the browser tests are SKIPPED.\n"
        "Install chromium and a Chinese font, or name a browser in ALADDIN_CHROMIUM."
    )
    if os.environ.get("CI") == "true":
        raise NoBrowser(message)
    frame = "!" * 80
    print(f"{frame}\n{message}\n{frame}", file=sys.stderr, flush=True)
