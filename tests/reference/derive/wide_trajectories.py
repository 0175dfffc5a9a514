"""Random courses with what iRECIST, mRECIST, the scopes and the trends need: growth that goes on, stops or turns back, new
lesions with diameters, the part that enhances, and which lesions were irradiated."""

from random import Random

from trajectories import Course, length

SITES = ("lung", "lung", "liver", "bone", "brain")


class WideCourse(Course):
    """One subject in the making; what is not said here is as in `Course`."""

    def make(self):
        rng = self.rng
        self.sites, self.flags, self.new_sizes, self.progressed = {}, {}, {}, set()
        self.viable_is = rng.choice(("same", "same", "part", "free", "none"))
        self.treats = rng.choices(("some", "all", "none", "unsaid"), (60, 15, 15, 10))[0]
        self.basis = rng.random() < 0.15
        self.flare = rng.random() < 0.5  # an early rise of the sum
        self.pending, self.closed, self.certain = None, set(), set()
        return super().make()

    def start(self, visit):
        if len(self.findings) > 0 and self.rng.random() < 0.3:
            self.findings += [f"L{len(self.findings) + i}" for i in range(1, self.rng.choice((2, 3, 5)) + 1)]
        super().start(visit)
        for row in self.rows:
            if row["state"] == "not_evaluable":
                row["viable_mm"] = ""

    def row(self, visit, lesion, role, nodal, state, mm="", reason="", merged_into="", days_late=None):
        rng = self.rng
        super().row(visit, lesion, role, nodal, state, mm, reason, merged_into, days_late)
        if lesion not in self.sites:
            self.sites[lesion] = "lymph node" if nodal else rng.choice(SITES)
            irradiated = {"some": rng.choice(("yes", "no")), "all": "yes", "none": "no", "unsaid": ""}[self.treats]
            self.flags[lesion] = "" if role == "new" else irradiated
        basis = rng.choice(("pet", "biopsy", "imaging", "")) if self.basis and state == "absent" else ""
        self.rows[-1].update(
            site=self.sites[lesion],
            irradiated=self.flags[lesion],
            viable_mm=self.viable(visit, role, state, mm),
            absent_basis=basis,
            intracranial="yes" if self.sites[lesion] == "brain" else "no",
        )

    def viable(self, visit, role, state, mm):
        """The part that enhances, of a target with a figure; sometimes none, sometimes not to be seen for want of the phase."""
        rng = self.rng
        if role != "target" or not mm or self.viable_is == "none":
            return ""
        um = round(float(mm) * 1000)
        first = visit[2] in ("history", "baseline")
        if rng.random() < (0.002 if first else 0.02):
            return ""
        if self.viable_is == "same":
            return mm
        if self.viable_is == "part" and not first and rng.random() < 0.12:
            return "0"
        percent = rng.randint(60, 100) if self.viable_is == "free" else 80
        return length(min(um, max(self.grain, um * percent // 100 // self.grain * self.grain)))

    def aim(self):
        """Beside the borders of RECIST 1.1 those of a confirmation: 5 mm above the iUPD, the same again, or back."""
        rng = self.rng
        total, was = sum(self.now.values()), self.pending
        if was is not None and self.targets:
            turn = rng.random()
            if turn < 0.35:
                return was + rng.choice((0, 0, 2000, 4000, 4999, 5000, 5001, 8000))
            if turn < 0.55:
                self.pending = None
                return rng.choice((self.nadir, self.nadir * 11 // 10, total * 6 // 10, total * 9 // 10))
        elif self.flare and self.targets and rng.random() < 0.5:
            self.flare = False
            self.pending = max(self.nadir * 6 // 5 + 1, self.nadir + 5000) + rng.choice((0, 0, 1000, 4000))
            return self.pending
        return super().aim()

    def other(self, visit, lesion, nodal):
        """A non-target that was in progression stays, grows on, or goes."""
        rng = self.rng
        start = len(self.rows)
        if lesion in self.progressed and rng.random() < 0.8:
            states = ("present", "increased", "increased_since_last", "unequivocal_progression", "absent", "not_evaluable")
            state = rng.choices(states, (25, 20, 15, 15, 20, 5))[0]
            self.row(visit, lesion, "nontarget", nodal, state, reason="not_imaged" if state == "not_evaluable" else "")
        else:
            super().other(visit, lesion, nodal)
        for row in self.rows[start:]:
            if row["state"] == "unequivocal_progression":
                self.progressed.add(lesion)
            elif row["state"] == "absent":
                self.progressed.discard(lesion)

    def finding(self, visit, lesion):
        """New lesions with a figure at every look or never, in whole millimetres, so that sums meet their border.

        What was called absent stays so, and what was unequivocal is doubtful no more: the page is silent on both.
        """
        if lesion in self.closed:
            return
        start, rng = len(self.rows), self.rng
        super().finding(visit, lesion)
        if len(self.rows) == start:
            return
        row = self.rows[-1]
        if row["state"] == "absent":
            self.closed.add(lesion)
        elif row["state"] == "equivocal" and lesion in self.certain:
            row["state"] = self.seen[lesion] = "unequivocal"
        if row["state"] == "unequivocal":
            self.certain.add(lesion)
        if row["state"] not in ("equivocal", "unequivocal"):
            return
        before = self.new_sizes.get(lesion)
        if before is None:
            before = rng.choice((0, 0, 6000, 9900, 10000, 10000, 12000, 15000, 20000))
        elif before:
            before = max(1000, before + rng.choice((0, 0, 0, 0, 1000, 1000, 2000, 3000, 4000, 4999, 5000, 6000, -1000, -3000)))
        self.new_sizes[lesion] = before
        if before:
            row["mm"] = length(before)


def wide_rows(seed, number):
    """The rows of subject `number` of a seed."""
    return WideCourse(Random(f"wide {seed} {number}"), f"W{number:06}").make()
