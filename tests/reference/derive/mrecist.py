"""mRECIST: recist-rules, section 14. The length of the part that enhances takes the place of the whole; the tables stay."""

from derive import assess_lesions
from table import Subject


def enhancing(tp):
    """A timepoint with the enhancing parts. Loss of the arterial phase makes a target not evaluable, all of its pieces.

    Nodes are judged by their short axis, as in RECIST 1.1. The page is silent on
    `too_small` without a viable figure: whether it enhances is not known, so it is not evaluable.
    """
    rows, own = [], {row.lesion for row in tp.rows if row.role == "target" and not row.nodal}
    seen = ("measured", "split", "too_small")
    lost = {row.lesion for row in tp.rows if row.lesion in own and row.state in seen and row.viable is None}
    for row in tp.rows:
        if row.lesion in lost:
            row = row._replace(state="not_evaluable", um=None)
        elif row.lesion in own:
            row = row._replace(um=row.viable)
        rows.append(row)
    return tp._replace(rows=rows)


def assess_mrecist(subject, settings):
    """Sections 3 to 9 with the viable lengths; PD from 20 % on without a least growth, unless one is set."""
    timepoints = [enhancing(tp) for tp in subject.timepoints]
    subject = Subject(subject.name, subject.reference, timepoints)
    return assess_lesions(subject, settings | {"pd_min_mm": settings["mrecist_pd_min_mm"]})
