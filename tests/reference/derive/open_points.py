"""Where the program and this derivation read recist-rules differently.

By default the derivation follows its own reading. `check.py --accept NAME,...` (or `all`) takes the program's for the points
named, so that nothing else hides behind them. A point that has been decided leaves this list and the lines that ask for it.
"""

OPEN_POINTS = {
    "pd-day": "section 9, N3: PD is dated to the first day of its timepoint, not to the scan that shows it",
    "confirmation-day": "section 9: the days to a confirmation are counted between first days, while responses bear last days",
    "treated-nontarget": "V9: a non-target treated off protocol is read as before at later timepoints, even as gone",
    "normal-part": "section 4, A10: part of the targets proves PD although all that is seen of them is normal",
    "unseen-finding": "W5: a finding that is only ever not_evaluable reads `no` and lets CR stand",
    "nontarget-not-imaged": "W5, W7: a non-target that was not imaged leaves the coverage complete",
    "unscheduled-pd": "W7: an unscheduled partial scan counts when it shows PD of any kind, not only by a new lesion",
    "default-later": "A9: not-pd spares a too small lesion only at the visit after `absent`, and not where a target is missing",
    "default-normal": "A9, A10: not-pd with all_nodes_normal=pd makes PR or SD of targets that are all normal",
    "missing-with-ne": "A19: MISSING even where a timepoint was NE or an early SD, for which section 8 has NE",
}
