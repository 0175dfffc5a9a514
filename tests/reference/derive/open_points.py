"""Where the program and this derivation read recist-rules differently.

By default the derivation follows its own reading. `check.py --accept NAME,...` (or `all`) takes the program's for the points
named, so that nothing else hides behind them. A point that has been decided leaves this list and the lines that ask for it.
"""

OPEN_POINTS = {
    "pd-day": "section 9, N3: PD is dated to the first day of its timepoint, not to the scan that shows it",
}
