"""Start the sandbox on the loopback address: `python -m sandbox --port 8001`."""

import argparse
import os

import uvicorn


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8001")))
    parser.add_argument("--log-level", default="warning")
    asked = parser.parse_args()
    uvicorn.run(
        "sandbox.app:app",
        host="127.0.0.1",
        port=asked.port,
        log_level=asked.log_level,
        access_log=False,  # request lines would carry access tokens
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
