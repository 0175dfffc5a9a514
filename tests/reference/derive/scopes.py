"""The scopes `irradiated` and `lesion`: recist-rules, section 15, W1, W4 and W14, on RECIST 1.1 (derive.py)."""

from best import best_responses, within_cutoff
from derive import lesion_course, overall_class, split_baseline
from lesions import TREATED, LesionTable
from table import Subject


def restricted(subject, lesions):
    """The subject with the findings of some lesions only, at all of its timepoints; new lesions are outside (W1).

    The page is silent on a mass that has grown together across the border: neither part has a figure of its own.
    """
    timepoints = []
    for tp, masses in zip(subject.timepoints, confluent_masses(subject)):
        lost = {part for parts in masses if not parts <= lesions for part in parts}
        rows = [row for row in tp.rows if row.lesion in lesions]
        rows = [part_of_mass(row, tp) if row.lesion in lost else row for row in rows]
        days = [row.day for row in rows] or [tp.first, tp.last]  # section 9: the scans of what is in scope
        timepoints.append(tp._replace(rows=rows, first=min(days), last=max(days)))
    return Subject(subject.name, subject.reference, timepoints)


def confluent_masses(subject):
    """V8: per timepoint the lesions of each mass. A part stays in it until it has a figure of its own again.

    `not_evaluable` and a missing row are no figure (V9, section 11), `absent` is one (V3). The baseline fixes the lesions anew (S8).
    """
    baseline, _ = split_baseline(subject.timepoints)
    carriers, found = {}, []
    for tp in subject.timepoints:
        if tp is baseline:
            carriers = {}
        for row in tp.rows:
            if row.state == "merged":
                carriers[row.lesion] = row.merged_into
            elif row.state != "not_evaluable":
                carriers.pop(row.lesion, None)
        masses = {}
        for part in carriers:
            mass = part
            for _ in carriers:  # a mass that merges takes its parts along
                if mass in carriers:
                    mass = carriers[mass]
                    masses.setdefault(mass, {mass}).add(part)
        found.append(list(masses.values()))
    return found


def part_of_mass(row, tp):
    """V8 and V3: one figure for all says nothing of a part, but where nothing is seen of the mass nothing is of the part."""
    mass = next((one for one in tp.rows if row.state == "merged" and one.lesion == row.merged_into), row)
    if mass.state == "absent":
        return row._replace(state="absent", um=None)
    if row.state == "not_evaluable":
        return row
    return row._replace(state="not_evaluable", um=None, reason=mass.reason if mass.reason in TREATED else row.reason)


def assess_irradiated(subject, settings):
    """W1: what the protocol irradiated, with its own baseline, nadir and stop; W14: NON-MEASURABLE without a target."""
    baseline, _ = split_baseline(subject.timepoints)
    treated = {row.lesion for row in baseline.rows if row.irradiated == "yes" and row.role in ("target", "nontarget")}
    answer = assess_local(subject, treated, settings)
    said = any(row.irradiated for row in baseline.rows)
    if said and not any(row.role == "target" and row.lesion in treated for row in baseline.rows):
        answer["bor"] = answer["confirmed_bor"] = ("NON-MEASURABLE", None)
        answer.update(first_response_date=None, first_confirmed_response_date=None, clinical_benefit=False)
    return answer


def assess_each_lesion(subject, settings):
    """W1: every target by itself, which progresses by its own growth alone: C1 is no rule on lesions."""
    settings = settings | {"after_cr": "as-reported"}
    baseline, _ = split_baseline(subject.timepoints)
    targets = dict.fromkeys(row.lesion for row in baseline.rows if row.role == "target")
    return {lesion: assess_local(subject, {lesion}, settings) for lesion in targets}


def assess_local(subject, lesions, settings):
    """RECIST 1.1 of these lesions alone; the page is silent on markers, which belong to the patient."""
    settings = settings | {"markers": "ignored"}
    course = lesion_course(restricted(subject, lesions), settings)
    whole = LesionTable(split_baseline(subject.timepoints)[0], settings)
    for index, tp in enumerate(split_baseline(subject.timepoints)[1]):
        if lesions and course.defined and course.seen[index].overall == "NE" and tp.kind == "unscheduled" and whole.read(tp).partial:
            course.seen[index] = course.seen[index]._replace(counts=False)  # W7: the scan is partial, whatever the scope
    if settings["local_pd_confirm"] == "next_scan":
        confirm_progression(course, settings)
    without_targets = course.defined and not course.table.targets
    return best_responses(course.timepoints, course.seen, course.reference, without_targets, settings)


def confirm_progression(course, settings):
    """W4: PD must still be there at the next evaluable timepoint; it keeps its date then, and is none otherwise.

    Where no such timepoint follows the class stands as derived, with a query (section 15).
    """
    as_read = [row["overall_as_read"] for row in course.timepoints]
    counted = [index for index, seen in enumerate(course.seen) if seen.counts]
    within = {index for index in counted if within_cutoff(course.seen[index].last, settings)}
    for index in counted:
        name = as_read[index]
        later = [as_read[one] for one in counted if one > index and as_read[one] != "NE" and (one in within or index not in within)]
        if name == "PD" and (not later or later[0] == "PD"):
            return  # the page is silent on what follows a progression that stands: it is as derived (A15)
        if name == "PD":
            name = without_progression(course, index, settings)
            course.timepoints[index]["overall"] = name
            course.seen[index] = course.seen[index]._replace(overall=name, pd_day=None)


def without_progression(course, index, settings):
    """The class that is left when the growth is none."""
    row, reading = course.timepoints[index], course.readings[index]
    target, nontarget = row["target"], row["nontarget"]
    if target == "PD":
        small = 10 * sum(reading.known()) <= 7 * course.baseline_sum
        target = "NE" if not reading.complete() else "PR" if small else "SD"
    if nontarget == "PD":
        nontarget = "NON-CR/NON-PD"
    return overall_class(target, nontarget, row["new_lesion"], settings)
