"""Random courses of disease from a fixed seed, crowded around the borders of the rules."""

from datetime import date, timedelta
from random import Random

LESION_COLUMNS = (
    "subject date visit timepoint tp_kind lesion role site nodal state mm reason merged_into markers reference_date".split()
)
WIDE_COLUMNS = (*LESION_COLUMNS, "viable_mm", "irradiated", "absent_basis", "intracranial")
RESPONSE_COLUMNS = "subject date visit overall reference_date".split()
GAPS = (7, 14, 20, 27, 28, 28, 29, 35, 41, 42, 42, 43, 55, 56, 57, 60, 84)
DENSE = (7, 7, 14, 14, 20, 27, 28, 28, 29)
GONE_WHY = ("not_imaged", "obscured", "technique", "poor_quality")
LOCAL = ("resected", "ablated", "off_protocol_rt")
CLASSES = ("CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD", "ND")
WEIGHTS = (
    (15, 25, 30, 8, 15, 0, 7),
    (40, 30, 5, 5, 15, 0, 5),
    (5, 45, 25, 5, 15, 0, 5),
    (20, 30, 5, 3, 40, 0, 2),
    (15, 0, 0, 8, 12, 55, 10),
    (40, 0, 0, 5, 15, 35, 5),
)


def length(um):
    """Micrometres as a reader writes them: as many decimals as there are."""
    return f"{um // 1000}.{um % 1000:03}".rstrip("0").rstrip(".")


class Course:
    """One subject in the making."""

    def __init__(self, rng, name):
        self.rng, self.name, self.rows = rng, name, []
        self.baseline_day = date(2026, 1, 5) + timedelta(days=rng.choice((0, 0, 0, 1, 5)))
        self.grain = rng.choice((1000, 1000, 100, 100, 10, 1))  # readers give whole millimetres, or tenths, or finer figures
        self.style = rng.choices(("shrink", "stable", "grow", "wild", "gone"), (30, 20, 10, 20, 20))[0]
        self.two_days = rng.random() < 0.15
        self.steps = DENSE if rng.random() < 0.25 else GAPS
        self.kinds = rng.random() < 0.4
        self.gaps = rng.choice((0.0, 0.0, 0.04, 0.15))
        self.reference = rng.choice(("", "", "", (self.baseline_day + timedelta(days=rng.choice((0, 3, 7)))).isoformat()))

    def length(self, low, high):
        return max(self.grain, self.rng.randrange(low, high + 1) // self.grain * self.grain)

    def row(self, visit, lesion, role, nodal, state, mm="", reason="", merged_into="", days_late=None):
        day, name, kind = visit
        if days_late is None:
            days_late = 2 if self.two_days and lesion in self.late else 0
        self.rows.append(
            {
                "subject": self.name,
                "date": (day + timedelta(days=days_late)).isoformat(),
                "visit": name,
                "timepoint": "",
                "tp_kind": kind if self.kinds else "",
                "lesion": lesion,
                "role": role,
                "site": "lymph node" if nodal else f"site {lesion}",
                "nodal": "yes" if nodal else "no",
                "state": state,
                "mm": mm,
                "reason": reason,
                "merged_into": merged_into,
                "markers": "",
                "reference_date": self.reference,
            }
        )

    def visits(self):
        """The baseline, sometimes a scan before it, and up to seven scans after it."""
        rng, day = self.rng, self.baseline_day
        if self.kinds and rng.random() < 0.2:
            yield day - timedelta(days=rng.choice((20, 40))), "History", "history"
        yield day, "Baseline", "baseline"
        for number in range(1, rng.choices((0, 1, 2, 3, 4, 5, 6, 7), (1, 6, 12, 20, 20, 15, 10, 6))[0] + 1):
            day += timedelta(days=rng.choice(self.steps))
            yield day, f"V{number}", rng.choices(("scheduled", "unscheduled"), (80, 20))[0]

    def make(self):
        rng = self.rng
        targets = rng.choices((0, 1, 2, 3, 4, 5), (16, 22, 24, 20, 10, 8))[0]
        others = rng.choices((0, 1, 2, 3), (30, 35, 22, 13))[0]
        if targets == 0:
            others = max(1, others)
        nodes = rng.random()
        self.targets = {f"T{i}": rng.random() < nodes for i in range(1, targets + 1)}
        self.others = {f"N{i}": rng.random() < 0.4 for i in range(1, others + 1)}
        self.findings = [f"L{i}" for i in range(1, rng.choices((0, 1, 2), (70, 20, 10))[0] + 1)]
        self.late = {lesion for lesion in [*self.targets, *self.others, *self.findings] if rng.random() < 0.5}
        self.now, self.treated, self.merged, self.seen, self.clear = {}, set(), {}, {}, False
        self.markers = rng.random() < 0.25 and bool(self.others)
        for visit in self.visits():
            start = len(self.rows)
            if visit[2] in ("history", "baseline"):
                self.start(visit)
            else:
                self.follow(visit)
            if self.markers and len(self.rows) > start:
                raised = 0.8 if visit[2] in ("history", "baseline") else 0.3
                self.rows[start]["markers"] = rng.choices(("raised", "normal", "na", ""), (raised, 0.4, 0.1, 0.1))[0]
        if len({row["visit"] for row in self.rows}) > 1 and rng.random() < 0.05:  # the grouping key without names of visits
            for row in self.rows:
                row["timepoint"], row["visit"] = row["visit"], ""
        return self.rows

    def start(self, visit):
        rng = self.rng
        undefined = visit[2] == "baseline" and rng.random() < 0.01
        for lesion, nodal in self.targets.items():
            self.now[lesion] = self.length(15_000 if nodal else 10_000, rng.choice((16_000, 25_000, 60_000)))
            self.row(visit, lesion, "target", nodal, "measured", length(self.now[lesion]))
        if undefined and self.targets:
            self.rows[-1].update(state="not_evaluable", mm="", reason="not_imaged")
        self.base = dict(self.now)
        self.nadir = sum(self.now.values())
        for lesion, nodal in self.others.items():
            self.row(visit, lesion, "nontarget", nodal, "present", length(self.length(10_000, 14_900)) if nodal else "")

    def follow(self, visit):
        rng = self.rng
        if rng.random() < 0.03:
            return self.nothing_seen(visit)
        aim = self.aim()
        order = list(self.targets)
        last = order[-1] if order else None
        for lesion in order:
            self.target(visit, lesion, aim, aim is not None and lesion == last)
        self.clear = aim == 0
        for lesion, nodal in self.others.items():
            self.other(visit, lesion, nodal)
        for lesion in self.findings:
            self.finding(visit, lesion)
        values = [self.now[lesion] for lesion in self.targets]
        self.nadir = min(self.nadir, sum(values))

    def nothing_seen(self, visit):
        for lesion, nodal in [*self.targets.items(), *self.others.items()]:
            role = "target" if lesion in self.targets else "nontarget"
            self.row(visit, lesion, role, nodal, "not_evaluable", reason="not_imaged")

    def aim(self):
        """The sum this visit aims at: on a border, a grain beside it, or somewhere; None leaves every lesion to itself."""
        rng, base = self.rng, sum(self.base.values())
        kind = rng.random()
        if self.style == "gone" and (self.clear or kind < 0.5):
            return 0 if rng.random() < 0.85 else None
        if kind < 0.15:
            return base * 7 // 10 + rng.choice((-self.grain, 0, 1, self.grain))
        if kind < 0.25:
            return max(self.nadir * 6 // 5, self.nadir + 5000 * (rng.random() < 0.7)) + rng.choice((-self.grain, 0, 1, self.grain))
        if kind < 0.30:
            return self.nadir + 5000 + rng.choice((-1, 0, 1))
        if kind < 0.35:
            return 0
        return None

    def target(self, visit, lesion, aim, closes):
        rng, nodal = self.rng, self.targets[lesion]
        if lesion in self.merged:
            return self.part(visit, lesion, nodal)
        if rng.random() < self.gaps:
            if rng.random() < 0.5:
                self.row(visit, lesion, "target", nodal, "not_evaluable", reason=rng.choice(GONE_WHY))
            return None
        if rng.random() < 0.01:
            self.treated.add(lesion)
            return self.row(visit, lesion, "target", nodal, "not_evaluable", reason=rng.choice(LOCAL))
        partners = [one for one in self.targets if one < lesion and one not in self.merged and self.targets[one] == nodal]
        if partners and lesion not in self.treated and rng.random() < 0.02:
            partner = rng.choice(partners)
            self.merged = {part: partner if mass == lesion else mass for part, mass in self.merged.items()}
            self.merged[lesion], self.now[lesion] = partner, 0
            return self.row(visit, lesion, "target", nodal, "merged", merged_into=partner)
        um = self.size(lesion, nodal, aim, closes)
        self.now[lesion] = um
        if um == 0:
            return self.row(visit, lesion, "target", nodal, "absent")
        if um < 7000 and rng.random() < 0.65:
            self.now[lesion] = 5000
            return self.row(visit, lesion, "target", nodal, "too_small", rng.choice(("", "", "", "3", "5", "6.5")))
        if um > 8000 and rng.random() < 0.04:
            piece = um // 3 // self.grain * self.grain or um // 2
            for mm in (length(piece), length(um - piece)):
                days_late = rng.randrange(3) if self.two_days else 0
                self.row(visit, lesion, "target", nodal, "split", mm, days_late=days_late)
            return None
        return self.row(visit, lesion, "target", nodal, "measured", length(um))

    def part(self, visit, lesion, nodal):
        """A part of a mass is named again or not, or is seen by itself."""
        rng = self.rng
        turn = rng.random()
        if turn < 0.7:
            self.row(visit, lesion, "target", nodal, "merged", merged_into=self.merged[lesion])
        elif turn < 0.8:
            self.row(visit, lesion, "target", nodal, "not_evaluable", reason=rng.choice(GONE_WHY))
        elif turn < 0.9:
            del self.merged[lesion]
            self.now[lesion] = um = rng.choice((0, 5000, self.length(1000, 30_000)))
            state = "measured" if um > 5000 else "too_small" if um else "absent"
            self.row(visit, lesion, "target", nodal, state, length(um) if um > 5000 else "")

    def size(self, lesion, nodal, aim, closes):
        rng, um = self.rng, self.now[lesion]
        if aim == 0:
            return rng.choice((0, 4000, 8000, 9000, 9900, 9999)) if nodal else 0
        if closes:
            rest = aim - sum(self.now[one] for one in self.targets if one != lesion)
            return rest if 0 <= rest < 200_000 else um
        if rng.random() < 0.08:
            return rng.choice((9_900, 9_999, 10_000, 10_001, 15_000)) if nodal else rng.choice((0, 0, 2_000, 5_000, 5_000))
        percent = {"shrink": (40, 100), "stable": (92, 106), "grow": (98, 125), "wild": (30, 170), "gone": (20, 100)}[self.style]
        if um == 0:
            return 0 if rng.random() < 0.7 else self.length(1000, 9000)
        return um * rng.randint(*percent) // 100 // self.grain * self.grain

    def other(self, visit, lesion, nodal):
        rng = self.rng
        if rng.random() < self.gaps + 0.01:
            if rng.random() < 0.5:
                reason = rng.choice(LOCAL) if rng.random() < 0.1 else rng.choice(GONE_WHY)
                self.row(visit, lesion, "nontarget", nodal, "not_evaluable", reason=reason)
            return
        quiet = 0.9 if self.clear or self.style == "gone" else 0.12
        if rng.random() < quiet:
            if nodal and rng.random() < 0.5:
                return self.row(visit, lesion, "nontarget", nodal, "present", rng.choice(("6", "9.9", "9.999")))
            return self.row(visit, lesion, "nontarget", nodal, "absent")
        weights = (80, 8, 6, 3 if self.style != "grow" else 8)
        state = rng.choices(("present", "increased", "increased_since_last", "unequivocal_progression"), weights)[0]
        mm = rng.choice(("10", "10.001", "12", "14", "")) if nodal else ""
        self.row(visit, lesion, "nontarget", nodal, state, mm)

    def finding(self, visit, lesion):
        rng, before = self.rng, self.seen.get(lesion)
        if before is None and rng.random() < 0.6:
            return
        if before and rng.random() < 0.1:
            return
        choices = {
            None: (70, 15, 0, 15),
            "equivocal": (45, 20, 20, 15),
            "unequivocal": (0, 75, 15, 10),
            "absent": (20, 5, 70, 5),
            "not_evaluable": (50, 15, 20, 15),
        }[before]
        state = rng.choices(("equivocal", "unequivocal", "absent", "not_evaluable"), choices)[0]
        self.seen[lesion] = state
        self.row(visit, lesion, "new", False, state)


def lesion_rows(seed, number):
    """The rows of subject `number` of a seed."""
    return Course(Random(f"lesions {seed} {number}"), f"S{number:06}").make()


def response_rows(seed, number):
    """Timepoint responses as another system would give them; no row is the baseline."""
    rng = Random(f"responses {seed} {number}")
    day = date(2026, 1, 5)
    reference = rng.choice(("2026-01-05", "2026-01-08"))
    steps = rng.choice((GAPS, DENSE))
    weights = rng.choice(WEIGHTS)
    rows = []
    for visit in range(1, rng.randint(1, 8) + 1):
        day += timedelta(days=rng.choice(steps))
        overall = rng.choices(CLASSES, weights)[0]
        rows.append(
            {
                "subject": f"R{number:06}",
                "date": day.isoformat(),
                "visit": f"V{visit}",
                "overall": overall,
                "reference_date": reference,
            }
        )
    return rows
