"""Runs the program on a table, derives the same subjects here, and tells where the two differ."""

import csv
import json
import subprocess
import tempfile
from pathlib import Path

from derive import assess_lesions, assess_responses, split_baseline
from settings import DEFAULTS, arguments
from table import lesion_subject, response_subject
from trajectories import LESION_COLUMNS, RESPONSE_COLUMNS

PER_TIMEPOINT = "date sum_mm partial_sum_mm nadir_mm target nontarget new_lesion basis_asked overall overall_as_read after_pd".split()
PER_SUBJECT = "bor confirmed_bor first_response_date first_confirmed_response_date progression_date clinical_benefit".split()
PER_RESPONSE = "overall overall_as_read after_pd".split()
LENGTHS = ("sum_mm", "partial_sum_mm", "nadir_mm")


def parsed(rows):
    """The subject that a list of rows describes."""
    make = lesion_subject if "lesion" in rows[0] else response_subject
    return make(rows[0]["subject"], rows)


def derived(subject, changes):
    """Our answer: the fields that are compared, timepoint by timepoint."""
    settings = DEFAULTS | changes
    of_lesions = not subject.timepoints or hasattr(subject.timepoints[0], "rows")
    answer = (assess_lesions if of_lesions else assess_responses)(subject, settings)
    if of_lesions:
        answer["timepoints"] = [tuple([one.get(field) for field in PER_TIMEPOINT]) for one in answer["timepoints"]]
    else:
        answer["timepoints"] = [(one["overall"], one["overall_as_read"], one["after_pd"]) for one in answer["timepoints"]]
    return answer


def printed(subject):
    """The program's answer in the same form; lengths become whole micrometres."""
    of_lesions = subject["baseline"] is not None
    answer = {field: subject[field] for field in PER_SUBJECT}
    for name in ("bor", "confirmed_bor"):
        answer[name] = (answer[name]["response"], answer[name]["date"])
    timepoints = []
    for one in subject["timepoints"]:
        if of_lesions:
            for name in LENGTHS:
                one[name] = None if one[name] is None else round(one[name] * 1000)
            one["basis_asked"] = "absent-basis" in one["queries"]
            timepoints.append(tuple([one[field] for field in PER_TIMEPOINT]))
        else:
            timepoints.append((one["overall"], one["overall_as_read"], one["after_pd"]))
    answer["timepoints"] = timepoints
    return answer


def write_table(path, subjects):
    """A table of many subjects, all of the same kind of rows."""
    columns = LESION_COLUMNS if "lesion" in subjects[0][0] else RESPONSE_COLUMNS
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for rows in subjects:
            writer.writerows(rows)


def run(program, path, changes):
    """The program's answers by subject. Exit code 4 only says that some baselines are undefined."""
    command = [program, "assess", str(path), "--format", "json", "--quiet", *arguments(changes)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 4):
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.decode()[:500]}")
    return {subject["subject"]: printed(subject) for subject in json.loads(done.stdout)["subjects"]}


def differences(ours, theirs):
    """The fields that differ, as (timepoint or None, field, ours, theirs)."""
    found = []
    if len(ours["timepoints"]) != len(theirs["timepoints"]):
        found.append((None, "timepoints", len(ours["timepoints"]), len(theirs["timepoints"])))
    for number, pair in enumerate(zip(ours["timepoints"], theirs["timepoints"])):
        fields = PER_TIMEPOINT if len(pair[0]) == len(PER_TIMEPOINT) else PER_RESPONSE
        found += [(number + 1, field, here, there) for field, here, there in zip(fields, *pair) if here != there]
    return found + [(None, field, ours[field], theirs[field]) for field in PER_SUBJECT if ours[field] != theirs[field]]


def same(ours, theirs):
    return theirs is not None and ours == theirs


def both(program, rows, changes):
    """Both answers for one subject; None where the program refuses the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_table(path, [rows])
        try:
            return derived(parsed(rows), changes), run(program, path, changes).get(rows[0]["subject"])
        except RuntimeError:
            return None


def signature(answers):
    """What a smaller example must still show: the first field that differs, with both classes where it is one."""
    if answers is None or answers[1] is None:
        return None
    _, field, here, there = next(iter(differences(*answers)), (None, None, None, None))
    if field in ("bor", "confirmed_bor"):
        here, there = here[0], there[0]
    if field in LENGTHS or (field or "").endswith("date"):
        here = there = ""
    return field and (field, here, there)


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
        for column in ("tp_kind", "reference_date", "markers", "reason"):
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
    for timepoint, field, here, there in differences(*both(program, rows, changes)):
        where = f"timepoint {timepoint} " if timepoint else ""
        lines.append(f"  {where}{field}: derived {here}, program {there}")
    return "\n".join(lines)
