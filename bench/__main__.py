"""The command behind `bin/bench`."""

import argparse
import os
import pkgutil
import sys
from dataclasses import fields
from importlib import import_module
from types import ModuleType

import bench
from bench.result import Options

SUPPORT = {
    "__main__",
    "crowd",
    "journeys",
    "listeners",
    "mortal_bank",
    "phones",
    "result",
    "running_bank",
    "writing",
}


def benchmarks() -> dict[str, ModuleType]:
    """Every benchmark by name."""
    modules = [
        import_module(f"bench.{found.name}")
        for found in pkgutil.iter_modules(bench.__path__)
        if found.name not in SUPPORT
    ]
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}


def main(arguments: list[str] | None = None) -> int:
    """0 where the goal is met, 1 where it is missed, 2 where the call is wrong."""
    parser = argparse.ArgumentParser(prog="bin/bench", description="Run one of the benchmarks.")
    parser.add_argument("name", nargs="?", help="which benchmark")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--customers", type=int, default=10_000, metavar="N", help="size of the synthetic bank")
    parser.add_argument("--loans", type=int, default=100, metavar="N", help="loans that `intake` takes (a year: 16000)")
    parser.add_argument("--clients", type=int, default=4, metavar="N", help="how many of them at a time")
    parser.add_argument("--notices", type=int, default=2_000, metavar="N", help="how many notices are told")
    parser.add_argument("--sockets", type=int, default=200, metavar="N", help="phones on the notice stream")
    parser.add_argument("--kills", type=int, default=1, metavar="N", help="how often each server is killed")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aladdin.settings.development")
    known = benchmarks()
    if chosen.list or not chosen.name:
        for name, module in sorted(known.items()):
            print(f"{name:<12} {module.DESCRIPTION}")
        return 0
    if chosen.name not in known:
        parser.error(f"no benchmark {chosen.name!r}; there are: {', '.join(sorted(known))}")
    sizes = {each.name: getattr(chosen, each.name) for each in fields(Options) if each.name in chosen}
    result = known[chosen.name].run(Options(**sizes))
    print(result.line())
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
