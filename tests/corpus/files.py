"""Writes the files of the group `files` of the corpus and `files.toml`: pixel values, files, encodings, transfer syntaxes.

What a case must give stands beside the making of its files: closed forms, pydicom, the codecs of imagecodecs, or the rule under
test. Every UID follows from the name of its case, so making them again changes nothing.

Run from this folder: python files.py     (pydicom, pylibjpeg, imagecodecs, numpy; the versions are in ../README.md)
"""

import shutil
import sys

sys.dont_write_bytecode = True

import files_bytes
import files_checked
import files_folders
import files_syntaxes
import files_values
from files_slices import CASES, FOLDER, HERE, block_mask, toml_of

HEAD = "# Written by files.py, where the making of each file stands beside its case: change it there.\n"

if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    block_mask()
    for group in (files_values, files_syntaxes, files_bytes, files_folders):
        group.make()
    made = (HERE / "files_made.toml").read_text() if (HERE / "files_made.toml").exists() else ""
    (HERE / "files.toml").write_text("\n".join([HEAD, *map(toml_of, CASES), made]))
    files_checked.check()
