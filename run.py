#!/usr/bin/env python3
"""Baiye's commands: `python run.py --help`. `make run` calls `up`, which starts everything."""

from __future__ import annotations

import argparse
import sys

from app.framework import commands


def main(arguments: list[str]) -> int:
    """Run the command that `arguments` name; return the exit status."""
    parser = argparse.ArgumentParser(prog="run.py", description="百业 Baiye: one back office for a hundred trades.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in commands.ALL.items():
        sub = choices.add_parser(name, help=command.summary, description=command.summary)
        for flags, options in command.arguments:
            sub.add_argument(*flags, **options)
    chosen = parser.parse_args(arguments)
    return commands.ALL[chosen.command].run(chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
