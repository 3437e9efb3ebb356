"""Run every benchmark of this folder, one process each, and write their lines to bench/report.md."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> int:
    """1 when a benchmark failed or its work was wrong."""
    failed = 0
    lines = ["# Benchmarks", "", "Ratios against a limit measured in the same minute on the same machine.", ""]
    for module in pkgutil.iter_modules([str(FOLDER)]):
        if module.name in {"__main__", "common"}:
            continue
        done = subprocess.run([sys.executable, "-m", f"bench.{module.name}"], stdout=subprocess.PIPE, text=True, check=False)  # nosec B603: our own
        print(done.stdout, end="", flush=True)
        failed += done.returncode != 0
        lines += [f"- {line}" for line in done.stdout.splitlines()]
    (FOLDER / "report.md").write_text("\n".join(lines) + "\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
