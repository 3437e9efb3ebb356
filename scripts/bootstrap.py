"""Make the environment and install a locked list into it: `bootstrap.py FOLDER REQUIREMENTS`. Needs nothing but Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def make_environment(folder: Path) -> None:
    """A virtual environment with pip; where Debian's Python lacks ensurepip, install its venv package or say which one."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- the sentence is for those who have an older one
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=/path/to/python3.12 …")
    if (folder / "bin" / "pip").exists():
        return
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return
    package = f"python3.{sys.version_info.minor}-venv"
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {package} …", flush=True)
        subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(["apt-get", "install", "-y", "-q", package], stdout=subprocess.DEVNULL, check=True)
        subprocess.run(command, check=True)
        return
    sys.exit(f"this Python cannot make environments: sudo apt-get install {package}, then try again")


def install(folder: Path, requirements: str) -> None:
    """Install exactly what is locked, hashes checked."""
    print(f"installing {requirements} …", flush=True)
    subprocess.run(
        [str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", requirements], check=True
    )


if __name__ == "__main__":
    make_environment(Path(sys.argv[1]))
    install(Path(sys.argv[1]), sys.argv[2])
