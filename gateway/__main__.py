"""`python -m gateway --folder var/gateway --port 8090`: run the simulated outside world until it is told to stop."""

from __future__ import annotations

import argparse
from pathlib import Path

from gateway.app import serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="gateway", description="模拟 SANDBOX: WeChat Pay, WeChat login and SMS, on loopback"
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address; others are refused")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--folder", type=Path, default=Path("var/gateway"), help="keys and store are kept here")
    parser.add_argument("--speed", type=float, default=1.0, help="60 makes every waiting time sixty times shorter")
    arguments = parser.parse_args()
    serve(arguments.host, arguments.port, arguments.folder, arguments.speed)


if __name__ == "__main__":
    main()
