"""The message catalogues. Chinese is the source; English must be whole; FAB's own gaps in Chinese are filled.

    check     fail when a message has no English, a placeholder is lost, or a string of FAB has no Chinese; then compile
    missing   print the messages without English as JSON lines, with the places where they stand
    fill      read {"中文": "English", "%(num)d 天": ["%(num)d day", "%(num)d days"]} from standard input into the catalogue
    compile   write the .mo files that the application reads
"""

from __future__ import annotations

import fcntl
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask_appbuilder
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).absolute().parent.parent
TRANSLATIONS = ROOT / "translations"
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
FAB = Path(flask_appbuilder.__file__).parent
FAB_KEYWORDS: dict[str, Any] = {"_": None, "__": None, "gettext": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

Key = str | tuple[str, ...]


def extracted() -> Catalog:
    """All messages of app/ and templates/, with the places where they stand."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog(locale="en")
    for folder in ("app", "templates"):
        found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=lambda path, wanted=folder: _within(path, wanted))
        for name, line, message, comments, context in found:
            catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


def _within(path: str | Path, folder: str) -> bool:
    parts = Path(path).absolute().relative_to(ROOT).parts
    return not parts or (parts[0] == folder and not parts[-1].startswith((".", "__pycache__")))


def kept(locale: str) -> Catalog:
    """The catalogue of `locale` as it is in the repository."""
    path = _po(locale)
    if not path.exists():
        return Catalog(locale=locale, domain="messages")
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain="messages")


def _po(locale: str) -> Path:
    return TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"


def _translated(message: Message | None) -> bool:
    return bool(message and message.string and (all(message.string) if isinstance(message.string, tuple | list) else message.string))


def missing() -> list[Message]:
    """Messages of the source that have no English, in order of place."""
    english = kept("en")
    return [message for message in extracted() if message.id and not _translated(english.get(message.id))]


def damaged() -> list[str]:
    """Messages whose English lost a placeholder, so that a fact is missing, or invented one, so that showing it fails."""
    english, found = kept("en"), []
    for message in extracted():
        translation = english.get(message.id) if message.id else None
        if translation is not None and _translated(translation) and not _same_placeholders(message.id, translation.string):
            found.append(_text(message.id))
    return found


def _same_placeholders(text: Key, translation: Key) -> bool:
    """Every form of the translation holds just the placeholders of the source; the form for one thing may write the number out."""
    wanted = set(PLACEHOLDER.findall(_text(text)))
    forms = [translation] if isinstance(translation, str) else list(translation)
    spare = {"%(num)d"} if len(forms) > 1 else set()
    return all(wanted - (spare if place == 0 else set()) <= set(PLACEHOLDER.findall(form)) <= wanted for place, form in enumerate(forms))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else " ".join(value)


def fab_gaps() -> list[str]:
    """Strings of Flask-AppBuilder that neither its Chinese catalogue nor ours translates."""
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    theirs = {message for _, _, message, _, _ in extract_from_dir(FAB, methods, {}, FAB_KEYWORDS) if isinstance(message, str) and message.strip()}
    with (FAB / "translations" / "zh" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        known = read_mo(file)
    ours = kept("zh")
    return sorted(text for text in theirs if not _translated(known.get(text)) and not _translated(ours.get(text)))


def fill(locale: str, given: dict[str, Any]) -> int:
    """Put translations into a catalogue, sorted, one writer at a time; return how many it took."""
    path = _po(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        catalog = kept(locale)
        plurals = {message.id[0]: message.id for message in extracted() if isinstance(message.id, tuple)}
        singular = sorted(text for text, translation in given.items() if isinstance(translation, list) and text not in plurals)
        if singular:
            raise SystemExit(f"these have no plural: {', '.join(singular)}")
        for text, translation in given.items():
            catalog.delete(plurals.get(text, text))  # adding leaves one that is there as it is
            catalog.add(plurals.get(text, text), tuple(translation) if isinstance(translation, list) else translation)
        _write(catalog, path)
    (path.parent / ".lock").unlink(missing_ok=True)
    return len(given)


def _write(catalog: Catalog, path: Path) -> None:
    """Sorted and without places or dates, so that two branches change the same lines only for the same message."""
    catalog.fuzzy = False
    catalog.header_comment = f"# Baiye 百业: messages, {catalog.locale}. Sorted; filled by scripts/messages.py."
    catalog.project, catalog.version, catalog.copyright_holder, catalog.msgid_bugs_address = "Baiye", "1", "", ""
    catalog.creation_date = catalog.revision_date = datetime(2026, 11, 23, tzinfo=UTC)
    catalog.last_translator = catalog.language_team = ""
    for message in catalog:
        message.locations.clear()
        message.flags.discard("fuzzy")
    with path.open("wb") as file:
        write_po(file, catalog, sort_output=True, width=0, omit_header=False, include_lineno=False, no_location=True)


def compile_catalogues() -> None:
    """Write the .mo beside each .po."""
    for path in TRANSLATIONS.glob("*/LC_MESSAGES/*.po"):
        with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale=path.parts[-3]))


def check() -> int:
    """Print what is wrong, compile when nothing is; the exit status."""
    wrong = [f"no English: {_text(message.id)}  ({message.locations[0][0]}:{message.locations[0][1]})" for message in missing()]
    wrong += [f"placeholder lost in English: {text}" for text in damaged()]
    wrong += [f"no Chinese for Flask-AppBuilder's: {text}" for text in fab_gaps()]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        compile_catalogues()
    return 1 if wrong else 0


def main(command: str, locale: str = "en") -> int:
    """Run one of the commands of the module's docstring."""
    if command == "check":
        return check()
    if command == "missing":
        for message in missing():
            print(json.dumps({"message": message.id, "at": [f"{name}:{line}" for name, line in message.locations]}, ensure_ascii=False))
    elif command == "fill":
        print(f"{fill(locale, json.load(sys.stdin))} messages")
    elif command == "compile":
        compile_catalogues()
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3] or ["help"]))
