"""RECIST 1.1 written from recist-rules alone: sections 4, 5 and 7 here, the lesions in lesions.py, sections 8 and 9 in best.py.

Each function names the rule it follows. Lengths are whole micrometres, days whole numbers; nothing is rounded.
"""

from collections import namedtuple

from best import Seen, best_responses, within_cutoff
from lesions import MM, Findings, LesionTable, proven_days
from table import day_number, day_text

# what the timepoints of one subject show, before best responses are looked for
LesionCourse = namedtuple("LesionCourse", "table readings timepoints seen reference baseline_sum defined rewritten")


def sum_is_pd(total, nadir, settings):
    """Section 4, PD: 20 % and 5 mm above the nadir, both inclusive; at a nadir of 0 the 5 mm decide.

    Section 14: mRECIST has no least growth unless one is set; at a nadir of 0 anything is growth.
    """
    return 5 * total >= 6 * nadir and total - nadir >= settings.get("pd_min_mm", 5) * MM and total > nadir


def is_disease(um, nodal):
    """Section 4, CR, and C1: a node counts from 10 mm on, anything else above 0."""
    return um >= 10 * MM if nodal else um > 0


def target_class(table, reading, baseline_sum, nadir):
    """Section 4: CR, then PD, then PR, then SD; with a gap PD when the assessed part proves it (A7), else NE."""
    settings = table.settings
    if not table.targets:
        return "NA"
    normal = not any(is_disease(um, table.targets[one]) for one, um in reading.values.items() if um is not None)
    total = sum(reading.known())
    proven = sum_is_pd(table.solid_sum(reading), nadir, settings)  # A9
    if not reading.complete():
        if normal and settings["all_nodes_normal"] == "cr":
            proven = False  # A10: with the missing lesion normal too it would be CR, so nothing is proven
        return "PD" if proven and settings["subset_pd"] == "lower-bound" else "NE"
    if normal and (settings["all_nodes_normal"] == "cr" or not sum_is_pd(total, nadir, settings)):
        return "CR"
    if proven:
        return "PD"
    if normal:
        return "CR"  # A9 takes the PD away, and A10 has nothing left to weigh against CR
    return "PR" if 10 * total <= 7 * baseline_sum else "SD"


def nontarget_class(table, reading):
    """Section 5 and A21: PD > NE > CR > NON-CR/NON-PD."""
    states = list(reading.states.values())
    if not states:
        return "NA"
    if "progression" in states:
        return "PD"
    if "unknown" in states:
        return table.settings["nontarget_partly_ne"] if "present" in states else "NE"
    return "NON-CR/NON-PD" if "present" in states or reading.marker else "CR"


def disease_days(table, reading):
    """C1: the days of the scans that show disease; a too small lesion is seen, whatever A9 says of its default figure."""
    back = {one for one, um in reading.values.items() if um is not None and is_disease(um, table.targets[one])}
    back |= {one for one, state in reading.states.items() if state == "present"}
    return [row.day for row in reading.tp.rows if row.lesion in back]


def overall_class(target, nontarget, new_lesion, settings):
    """Section 7, tables 1 and 2; W5: a new lesion that was not assessed blocks CR; A6: an equivocal one may hold it."""
    if "PD" in (target, nontarget) or new_lesion == "unequivocal":
        return "PD"
    held = new_lesion == "not_assessed" or (new_lesion == "equivocal" and settings["cr_with_equivocal"] == "hold-at-pr")
    if target == "NA":
        if nontarget == "CR" and held:  # the page is silent: table 2 has no PR to fall back on
            return "NE" if new_lesion == "not_assessed" else "NON-CR/NON-PD"
        return "NE" if nontarget == "NA" else nontarget  # nothing to look at: a scope without a lesion (W14)
    if target == "CR":
        return "CR" if nontarget in ("CR", "NA") and not held else "PR"
    return target


def pd_day(table, reading, classes, settings):
    """Section 9 and A14: the earliest scan that shows the PD; the sum alone by the first or last scan of a target."""
    target, nontarget, new_lesion = classes
    days = []
    if target == "PD":
        seen = {one for one, um in reading.values.items() if um is not None}
        scans = [row.day for row in reading.tp.rows if row.lesion in seen and (row.state != "merged" or row.merged_into in seen)]
        days.append(min(scans) if settings["pd_date"] == "first" else max(scans))
    if nontarget == "PD":
        days += [row.day for row in reading.tp.rows if reading.states.get(row.lesion) == "progression"]
    if new_lesion == "unequivocal":
        days += [row.day for row in reading.new.values() if row.state == "unequivocal"]
    return min(days or disease_days(table, reading) or [reading.tp.first])


def split_baseline(timepoints):
    """Design, 4: the timepoint marked as baseline, else the earliest; what stands before it is history."""
    index = next((i for i, tp in enumerate(timepoints) if tp.kind == "baseline"), 0)
    return timepoints[index], timepoints[index + 1 :]


def row_of(reading, nadir, new_lesion, defined, settings):
    """The figures of one timepoint; merged targets alone make no partial sum (the page is silent)."""
    complete = defined and bool(reading.values) and reading.complete()
    figures = [um for one, um in reading.values.items() if um is not None and one not in reading.merged]
    partial = defined and not reading.complete() and figures
    return {
        "date": day_text(reading.tp.first),
        "sum_mm": sum(reading.known()) if complete else None,
        "partial_sum_mm": sum(reading.known()) if partial else None,
        "nadir_mm": nadir,
        "new_lesion": new_lesion,
        "basis_asked": basis_asked(reading.tp.rows, settings),
    }


def basis_asked(rows, settings):
    """W13: whether someone is asked if a lesion is gone that PET or biopsy calls absent; the class stays as derived."""
    return not settings["pet_cr"] and any(row.state == "absent" and row.basis in ("pet", "biopsy") for row in rows)


def lesion_course(subject, settings):
    """Sections 3 to 7 for one subject with lesion rows: what each timepoint shows, its figures and classes."""
    baseline, follow_up = split_baseline(subject.timepoints)
    table, findings = LesionTable(baseline, settings), Findings(settings)
    first = table.read(baseline).values
    defined = all(um is not None and um > 0 for um in first.values())  # S8
    baseline_sum = nadir = sum(first.values()) if first and defined else None
    readings = [table.read(tp) for tp in follow_up]
    rewritten = proven_days([one for one in readings if within_cutoff(one.tp.last, settings)])
    had_cr, timepoints, seen = False, [], []
    for index, reading in enumerate(readings):
        tp, new_lesion = reading.tp, findings.status(reading)
        counts = tp.kind != "unscheduled" or not reading.partial  # W7
        row = row_of(reading, nadir, new_lesion, defined, settings)
        timepoints.append(row)
        if not defined:  # section 11: no response derivation without a baseline sum
            row.update(dict.fromkeys(("target", "nontarget", "overall", "overall_as_read"), "NE"))
            seen.append(Seen(tp.first, tp.last, "NE", None, None, counts))
            continue
        target = target_class(table, reading, baseline_sum, nadir)
        nontarget = nontarget_class(table, reading)
        as_read = overall_class(target, nontarget, new_lesion, settings)
        if new_lesion == "equivocal" and not findings.all_looked_at(reading):
            as_read = overall_class(target, nontarget, "not_assessed", settings)  # W5, also beside an open doubt
        back = disease_days(table, reading) if had_cr and settings["after_cr"] == "pd" else []  # C1
        as_read = "PD" if back else as_read
        had_cr = had_cr or as_read == "CR"
        day = min([pd_day(table, reading, (target, nontarget, new_lesion), settings), *back]) if as_read == "PD" else None
        overall, moved = as_read, rewritten.get(index)
        if moved is not None and settings["backdate"] == "retro_pd":  # A5
            overall = "PD"
            day = moved if day is None else min(day, moved)
        row.update(target=target, nontarget=nontarget, overall=overall, overall_as_read=as_read)
        by_new_lesion = new_lesion == "unequivocal" or overall != as_read
        counts = counts or (overall == "PD" and (settings["unscheduled_pd"] == "any" or by_new_lesion))  # W7
        seen.append(Seen(tp.first, tp.last, overall, day, moved, counts))
        if counts:
            table.remember(reading)
        if reading.values and reading.complete() and counts and (overall != "PD" or settings["nadir_at_pd"] == "counts"):
            nadir = min(nadir, sum(reading.known()))  # section 0, 1; A17
    reference = reference_day(subject, settings, baseline.first)
    return LesionCourse(table, readings, timepoints, seen, reference, baseline_sum, defined, rewritten)


def assess_lesions(subject, settings):
    """Sections 3 to 9 for one subject with lesion rows: its timepoints and its best responses."""
    course = lesion_course(subject, settings)
    without_targets = course.defined and not course.table.targets
    return best_responses(course.timepoints, course.seen, course.reference, without_targets, settings)


def assess_responses(subject, settings):
    """Section 8 from timepoint responses; A2: what follows a CR and is not CR is PD unless kept as reported."""
    had_cr, timepoints, seen = False, [], []
    for response in subject.timepoints:
        overall = response.overall
        if had_cr and settings["after_cr"] == "pd" and overall in ("PR", "SD", "NON-CR/NON-PD"):
            overall = "PD"
        had_cr = had_cr or overall == "CR"
        shown = ["NE" if name == "ND" else name for name in (overall, response.overall)]
        timepoints.append({"overall": shown[0], "overall_as_read": shown[1]})
        seen.append(Seen(response.day, response.day, overall, response.day, None, overall != "ND"))
    classes = {response.overall for response in subject.timepoints}  # as read: what C1 makes of a class tells nothing of targets
    without_targets = "NON-CR/NON-PD" in classes and not classes & {"PR", "SD"}  # the page is silent: no row says so
    return best_responses(timepoints, seen, reference_day(subject, settings, None), without_targets, settings)


def reference_day(subject, settings, baseline_day):
    """A11: the subject's own date, else the setting, else the baseline scan (its first day; the page is silent)."""
    if subject.reference is not None:
        return subject.reference
    return day_number(settings["reference_date"]) if settings["reference_date"] else baseline_day
