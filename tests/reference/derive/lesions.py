"""What one timepoint shows of each lesion: recist-rules, sections 3, 5 and 6."""

MM = 1000
TREATED = {"resected", "ablated", "off_protocol_rt"}


class Reading:
    """One timepoint: a value per target, a state per non-target, a call per new finding, the markers and the coverage."""

    __slots__ = ("tp", "values", "targets", "merged", "states", "new", "marker", "partial")

    def complete(self):
        return None not in self.values.values()

    def known(self):
        return [um for um in self.values.values() if um is not None]


def target_value(rows, nodal, settings):
    """V1 to V9: the figure of one target from its rows, None where there is none."""
    if not rows:
        return None  # section 11: an empty cell never becomes 0
    state = rows[0].state
    if state == "measured":
        return rows[0].um  # V1, V4
    if state == "too_small":
        return 5 * MM if rows[0].um is None else rows[0].um  # V2: any real figure beats the 5
    if state == "absent":
        return absent_value(nodal, settings)
    if state == "split":
        return sum(row.um for row in rows)  # V6
    if state == "merged":
        return 0  # V8: the mass is counted once, in the partner
    return None  # V9


def absent_value(nodal, settings):
    """V3; V5 and A8 for a node that is not seen."""
    return settings["absent_node_mm"] * MM if nodal else 0


def nontarget_state(rows):
    """Section 5: `gone`, `present`, `progression` or `unknown`; a node below 10 mm is gone."""
    if not rows or rows[0].state == "not_evaluable":
        return "unknown"
    row = rows[0]
    if row.state == "unequivocal_progression":
        return "progression"
    if row.state == "absent" or (row.nodal and row.um is not None and row.um < 10 * MM):
        return "gone"
    return "present"


class LesionTable:
    """The lesions of one subject as the baseline fixes them (S8, W10), and what is remembered from visit to visit."""

    def __init__(self, baseline, settings):
        self.settings = settings
        self.targets = {row.lesion: row.nodal for row in baseline.rows if row.role == "target"}
        self.nontargets = {row.lesion: row.nodal for row in baseline.rows if row.role == "nontarget"}
        self.baseline_marks = {row.markers for row in baseline.rows}
        self.treated = set()
        self.absent_since = set()  # without a figure since they were absent

    def read(self, tp):
        """Sections 3, 5 and 6: what this timepoint shows."""
        rows = {}
        for row in tp.rows:
            rows.setdefault(row.lesion, []).append(row)
            if row.reason in TREATED:
                self.treated.add(row.lesion)  # V9: not evaluable from that date
        self.treated |= {row.lesion for row in tp.rows if row.state == "merged" and row.merged_into in self.treated}  # parts of it too
        reading = Reading()
        reading.tp = tp
        reading.targets = {lesion: rows[lesion] for lesion in self.targets if lesion in rows and lesion not in self.treated}
        reading.values = {one: target_value(reading.targets.get(one), nodal, self.settings) for one, nodal in self.targets.items()}
        reading.merged = {row.lesion for row in tp.rows if row.state == "merged"}
        reading.states = {one: "unknown" if one in self.treated else nontarget_state(rows.get(one)) for one in self.nontargets}
        reading.new = {row.lesion: row for row in tp.rows if row.role == "new"}
        reading.marker = self.settings["markers"] == "followed" and self.marker_above_normal({row.markers for row in tp.rows})
        reading.partial = self.partial(tp, rows)
        return reading

    def partial(self, tp, rows):
        """W5: a region known at baseline was not imaged.

        The page is silent on a lesion without a row: only at an unscheduled scan (W7) does it mean that its region was left out.
        """
        if tp.kind == "unscheduled" and not {*self.targets, *self.nontargets} <= set(rows):
            return True
        return any(row.reason == "not_imaged" and row.role in ("target", "nontarget") for row in tp.rows)

    def marker_above_normal(self, marks):
        """Section 5, CR, and A22: raised at baseline they must be seen normal; normal at baseline they are not followed.

        The page is silent on markers of unknown state at baseline: raised later they stand in the way of CR.
        """
        if "raised" in self.baseline_marks:
            return "normal" not in marks or "raised" in marks
        return "raised" in marks and "normal" not in self.baseline_marks

    def solid_sum(self, reading):
        """A9: with `not-pd` a lesion that is too small for a figure, and had none since it was absent, adds nothing to PD."""
        total = sum(reading.known())
        if self.settings["too_small_after_absent"] == "not-pd":
            for lesion in self.absent_since:
                if lesion in reading.targets and has_default(reading.targets[lesion][0]):
                    total -= 5 * MM - absent_value(self.targets[lesion], self.settings)
        return total

    def remember(self, reading):
        """A9: which targets were absent and had no figure since, at timepoints that count (W7)."""
        for lesion, rows in reading.targets.items():
            row = rows[0]
            if row.state == "merged":  # V8: the figure of the mass is that of its parts
                row = next(iter(reading.targets.get(row.merged_into, ())), row._replace(state="not_evaluable"))
                row = row._replace(um=row.um or 5 * MM) if has_default(row) else row
            if row.state == "absent":
                self.absent_since.add(lesion)
            elif has_default(row):
                continue
            elif row.state != "not_evaluable":
                self.absent_since.discard(lesion)


def has_default(row):
    """V2: too small, and no figure beside it."""
    return row.state == "too_small" and row.um is None


class Findings:
    """Section 6: each new lesion has an identity and a course; N3 needs the whole of it."""

    def __init__(self, settings):
        self.settings, self.open = settings, {}

    def status(self, reading):
        """The new lesion column; W5: `not_assessed` where a region known at baseline, or the finding, could not be judged.

        The page is silent on a finding that is not looked at again: it keeps its last call until `absent` closes it.
        """
        for lesion, row in reading.new.items():
            if row.state == "absent":
                self.open.pop(lesion, None)
            elif row.state != "not_evaluable":
                self.open[lesion] = row.state
        for wanted in ("unequivocal", "equivocal"):
            if wanted in self.open.values():
                return wanted
        return "no" if self.all_looked_at(reading) else "not_assessed"

    def all_looked_at(self, reading):
        """W5: everything was imaged, and no finding but one that is open already could not be judged."""
        unjudged = [lesion for lesion, row in reading.new.items() if row.state == "not_evaluable" and lesion not in self.open]
        return not unjudged and not reading.partial


def proven_days(readings):
    """N3, and line 12 of section 0: per timepoint the first day of an equivocal finding that a later scan proved.

    NE and missing do not break the run, only `absent` does.
    """
    proven, days = set(), {}
    for index in range(len(readings) - 1, -1, -1):
        for lesion, row in readings[index].new.items():
            if row.state == "unequivocal":
                proven.add(lesion)
            elif row.state == "absent":
                proven.discard(lesion)
            elif row.state == "equivocal" and lesion in proven:
                days[index] = min(row.day, days.get(index, row.day))
    return days
