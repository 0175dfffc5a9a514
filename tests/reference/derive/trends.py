"""Every lesion against its own nadir, progressive sites and oligoprogression (trial-outputs, trial 002; recist-rules, W1, W2).

A target progresses at 20 % and 5 mm over its own nadir, a non-target when it is called unequivocal, a new lesion when it is.
"""

from best import within_cutoff
from derive import is_disease, split_baseline, sum_is_pd
from lesions import Findings, LesionTable, has_default
from new_lesions import proven_findings
from scopes import restricted
from table import day_text


def assess_trends(subject, settings):
    """Per timepoint the progressive lesions, those outside the skull and inside, and the first progression on the trial."""
    baseline, follow_up = split_baseline(subject.timepoints)
    history = subject.timepoints[: subject.timepoints.index(baseline)]
    table, findings = LesionTable(baseline, settings), Findings(settings)
    where = {row.lesion: row for tp in reversed(subject.timepoints) for row in tp.rows}
    readings = [table.read(tp) for tp in [*history, baseline, *follow_up]]
    proven = proven_findings(readings, settings)
    lesions = {lesion: own_course(subject, lesion, settings) for lesion in table.targets}
    timepoints, shown_on = [], []
    for index, reading in enumerate(readings):
        tp = reading.tp
        findings.status(reading)
        sites = {"targets": [lesion for lesion, points in lesions.items() if points[index][-1]]}
        sites["nontargets"] = [one for one, state in reading.states.items() if state == "progression"]
        doubts = {one for one, row in reading.new.items() if row.state == "equivocal" and one in proven[index]}  # N3
        sites["new_lesions"] = [one for one, call in findings.open.items() if call == "unequivocal" or one in doubts]
        found = [where[one] for names in sites.values() for one in names]
        days = [row.day for row in tp.rows if row.lesion in {one.lesion for one in found}]
        shown_on.append(day_text(min(days, default=tp.first)))  # section 9 and A14: the earliest scan that shows it
        outside, inside = (count([row for row in found if row.skull is skull], settings) for skull in (False, True))
        timepoints.append(
            {
                "date": day_text(tp.first),
                **{kind: tuple(sorted(names)) for kind, names in sites.items()},
                "extracranial": outside,
                "intracranial": inside,
                "oligoprogression": 1 <= outside <= settings["oligo_max_sites"],
            }
        )
    start = len(history) + 1
    seen = [bool(one["extracranial"] or one["intracranial"]) for one in timepoints]
    in_time = [within_cutoff(tp.last, settings) for tp in follow_up]
    first = next((day for day, here, known in zip(shown_on[start:], seen[start:], in_time) if here and known), None)
    before = next((day for day, here in zip(shown_on[:start][::-1], seen[:start][::-1]) if here), None)
    return {"timepoints": timepoints, "on_trial": first, "before_trial": before, "lesions": lesions}


def own_course(subject, lesion, settings):
    """W1: one target against its own nadir; per timepoint the day, the figure, the nadir before and whether it progresses."""
    alone = restricted(subject, {lesion})
    baseline, _ = split_baseline(alone.timepoints)
    table, nadir, points = LesionTable(baseline, settings), None, []
    for tp in alone.timepoints:
        reading = table.read(tp)
        um = reading.values[lesion]
        grew = um is not None and nadir is not None and sum_is_pd(um, nadir, {})
        grew = grew and (is_disease(um, table.targets[lesion]) or settings["all_nodes_normal"] == "pd")  # A10
        if lesion in table.absent_since and lesion in reading.targets and has_default(reading.targets[lesion][0]):
            grew = grew and settings["too_small_after_absent"] == "pd"  # A9
        points.append((day_text(tp.first), um, nadir, grew))
        if tp is baseline:
            nadir = None  # W2: what comes before it is history
        if um is not None:
            nadir = um if nadir is None else min(um, nadir)
        table.remember(reading)
    return points


def count(rows, settings):
    """Sites: lesions, or organs; all nodes are one organ (S3)."""
    if settings["oligo_count"] == "lesion":
        return len(rows)
    return len({"lymph node" if row.nodal else row.site for row in rows})
