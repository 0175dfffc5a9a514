"""A table beside these scripts: written, or with --check compared with what was written before."""

import difflib
import pathlib
import sys


def write_or_check(name, text):
    path = pathlib.Path(__file__).with_name(name)
    if "--check" not in sys.argv:
        path.write_text(text)
        return
    changes = difflib.unified_diff(path.read_text().splitlines(), text.splitlines(), "committed", "computed", n=0, lineterm="")
    sys.exit("\n".join(changes) or None)  # a text is an error
