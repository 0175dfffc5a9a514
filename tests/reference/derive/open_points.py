"""Where the program and this derivation read recist-rules differently.

By default the derivation follows its own reading. `check.py --accept NAME,...` (or `all`) takes the program's for the points
named, so that nothing else hides behind them. A point that has been decided leaves this list and the lines that ask for it.
"""

OPEN_POINTS = {
    "new-size": "section 13, M1, M6: new lesions below 10 mm (nodes 15 mm) are measured as targets",
    "new-nontarget": "section 13: growth of a new lesion beyond 5, or 2 of its organ, confirms nothing",
    "basis-scope": "section 15: a scope is provisional for the absent-basis of a lesion outside it",
    "treated": "V9: a non-target treated off protocol still progresses in trends, confirms an iUPD, or takes it back",
    "increased": "section 13: a non-target that is `increased`, as it was at the iUPD or less, has grown",
    "c1-cause": "section 13, C1: disease that is back after an iCR is no cause beside a PD by the sum or a non-target",
    "gone-beside-new": "section 13: a non-target that made an iUPD beside a new lesion is gone, and the stable new lesion still blocks iSD",
    "left-out": "section 13, A15: with after_pd=left-out the timepoints after an iUPD are not looked at",
    "irecist-day": "sections 8, 9, 13: an iBOR bears, and 4 weeks count from, the first day of a timepoint, not the scan that shows it",
}
