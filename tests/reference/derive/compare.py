"""Runs the program on a table, derives the same subjects here, and tells where the two differ."""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

import views
from derive import split_baseline
from settings import arguments
from table import lesion_subject, response_subject
from views import KINDS, LENGTHS, fields_of, kind_of, printed, printed_trends, view_of


def parsed(rows):
    """The subject that a list of rows describes."""
    make = lesion_subject if "lesion" in rows[0] else response_subject
    return make(rows[0]["subject"], rows)


def derived(rows, changes):
    """Our answers by view for one subject."""
    return views.derived(kind_of(rows), parsed(rows), changes)


def write_table(path, subjects):
    """A table of many subjects, all of the same kind of rows."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, KINDS[kind_of(subjects[0])][0])
        writer.writeheader()
        for rows in subjects:
            writer.writerows(rows)


def run(program, path, kind, changes):
    """The program's answers by subject and view. Exit code 4 only says that some baselines are undefined."""
    answers = {}
    for options in KINDS[kind][1]:
        command = [program, "assess", str(path), "--format", "json", "--quiet", *options, *arguments(changes)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode not in (0, 4):
            raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.decode()[:500]}")
        told = json.loads(done.stdout)
        for entry in told["subjects"]:
            answers.setdefault(entry["subject"], {})[view_of(kind, entry)] = printed(kind, entry, changes)
        for entry in told["trends"] if kind == "wide" else ():
            answers[entry["subject"]]["trends"] = printed_trends(entry)
    return answers


def differences(ours, theirs):
    """The fields that differ, as (view, timepoint or None, field, ours, theirs)."""
    found = []
    for view in ours.keys() | theirs.keys():
        if view not in ours or view not in theirs:
            found.append((view, None, "view", view in ours, view in theirs))
        else:
            found += [(view, *one) for one in differences_in(view, ours[view], theirs[view])]
    return sorted(found, key=lambda one: one[0])


def differences_in(view, ours, theirs):
    found = []
    per_timepoint, per_subject = fields_of(view)
    if len(ours["timepoints"]) != len(theirs["timepoints"]):
        found.append((None, "timepoints", len(ours["timepoints"]), len(theirs["timepoints"])))
    for number, pair in enumerate(zip(ours["timepoints"], theirs["timepoints"])):
        found += [(number + 1, field, here, there) for field, here, there in zip(per_timepoint, *pair) if here != there]
    return found + [(None, field, ours[field], theirs[field]) for field in per_subject if ours[field] != theirs[field]]


def both(program, rows, changes):
    """Both answers for one subject; None where the program refuses the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_table(path, [rows])
        try:
            return derived(rows, changes), run(program, path, kind_of(rows), changes).get(rows[0]["subject"], {})
        except RuntimeError:
            return None


def signature(answers):
    """What a smaller example must still show: the first field that differs, with both classes where it is one."""
    if answers is None or not answers[1]:
        return None
    view, _, field, here, there = next(iter(differences(*answers)), (None, None, None, None, None))
    if field in ("bor", "confirmed_bor"):
        here, there = here[0], there[0]
    if field in (*LENGTHS, "lesions") or (field or "").endswith("date"):
        here = there = ""
    return field and (view.partition(" ")[0], field, here, there)


def stands(fewer, rows):
    """Whether a smaller table still means what the whole one meant: the same baseline, which has every lesion followed later."""
    if "lesion" not in rows[0]:
        return True
    baseline, follow_up = split_baseline(parsed(fewer).timepoints)
    known = {row.lesion for row in baseline.rows}
    later = [row for tp in follow_up for row in tp.rows]
    followed = {row.lesion for row in later if row.role != "new"} | {row.merged_into for row in later if row.merged_into}
    return followed <= known and baseline.first == split_baseline(parsed(rows).timepoints)[0].first


def shrink(program, rows, changes):
    """The same disagreement with fewer timepoints, lesions and settings: whatever can be left out is."""
    wanted = signature(both(program, rows, changes))

    def differs(fewer, settings):
        return bool(fewer) and stands(fewer, rows) and signature(both(program, fewer, settings)) == wanted

    smaller = True
    while smaller:
        smaller = False
        for key in list(changes):
            fewer = {name: value for name, value in changes.items() if name != key}
            if differs(rows, fewer):
                changes, smaller = fewer, True
        for column in ("timepoint", "visit", "lesion", "date"):
            for value in sorted({row.get(column, "") for row in rows}, reverse=True):
                fewer = [row for row in rows if row.get(column, "") != value]
                if value and len(fewer) < len(rows) and differs(fewer, changes):
                    rows, smaller = fewer, True
        for number in range(len(rows) - 1, -1, -1):
            fewer = rows[:number] + rows[number + 1 :]
            if differs(fewer, changes):
                rows, smaller = fewer, True
                break
        for column in ("tp_kind", "reference_date", "markers", "reason", "absent_basis", "viable_mm", "irradiated"):
            plain = [row | {column: ""} if column in row and "lesion" in row else row for row in rows]
            if plain != rows and differs(plain, changes):
                rows, smaller = plain, True
    return rows, changes


def described(program, rows, changes):
    """A disagreement as text: the settings, the rows, and the fields that differ."""
    rows, changes = shrink(program, rows, changes)
    columns = [column for column in rows[0] if column in ("subject", "date", "state") or any(row[column] for row in rows)]
    lines = ["settings: " + (" ".join(arguments(changes)[1::2]) or "all defaults"), ",".join(columns)]
    lines += [",".join(row[column] for column in columns) for row in rows]
    for view, timepoint, field, here, there in differences(*both(program, rows, changes)):
        where = f"{view}, timepoint {timepoint}" if timepoint else view
        lines.append(f"  {where}, {field}: derived {here}, program {there}")
    return "\n".join(lines)
