"""iRECIST: recist-rules, section 13, on the facts that derive.py finds (same measuring rules, same tables)."""

from best import within_cutoff
from derive import disease_days, is_disease, lesion_course, overall_class
from lesions import MM
from table import day_text

NAMES = {"CR": "iCR", "PR": "iPR", "SD": "iSD", "NON-CR/NON-PD": "NON-iCR/NON-iUPD", "NE": "NE"}
RANK = ("iCR", "iPR", "iSD", "NON-iCR/NON-iUPD", "iCPD", "iUPD", "NE")
BETTER = ("CR", "PR", "SD")
NEW_TARGETS, PER_ORGAN = 5, 2


class NewLesions:
    """The new lesions in force, their figures at this timepoint, and which are measured as targets (5, 2 per organ)."""

    def __init__(self, settings):
        self.settings = settings
        self.calls, self.sites, self.measured, self.sizes, self.last = {}, {}, [], {}, {}

    def update(self, reading, proven):
        """`proven`: the findings that a later scan proves; they count as unequivocal from here (N3, A5)."""
        self.sizes = {}
        for lesion, row in reading.new.items():
            if row.state == "absent":
                self.calls.pop(lesion, None)
                self.sizes[lesion] = 0
            elif row.state != "not_evaluable":
                self.calls[lesion] = "unequivocal" if lesion in proven else row.state
                self.sites[lesion] = row.site
                if row.um is not None:
                    self.sizes[lesion] = row.um
        self.last.update(self.sizes)
        for lesion in sorted(self.shown(), key=lambda one: -self.sizes.get(one, 0)):
            row = reading.new.get(lesion)
            if lesion not in self.measured and row is not None and measurable(row, self.settings) and self.has_room(row.site):
                self.measured.append(lesion)

    def has_room(self, site):
        return len(self.measured) < NEW_TARGETS and [self.sites[one] for one in self.measured].count(site) < PER_ORGAN

    def shown(self):
        return {lesion for lesion, call in self.calls.items() if call == "unequivocal"}

    def total(self):
        """The sum of the measured ones; None where one of them has no figure."""
        sizes = [self.sizes.get(lesion) for lesion in self.measured if lesion in self.shown()]
        return sum(sizes) if self.measured and None not in sizes else None


def measurable(row, settings):
    """M1 and M6: same measuring rules."""
    if "new-size" in settings["accepted"]:
        return row.um is not None
    return row.um is not None and row.um >= (15 if row.nodal else 10) * MM


class Pending:
    """An iUPD that waits: its day, its causes, and the values that growth is counted from."""

    def __init__(self, day, causes, row, reading, news):
        self.day, self.causes = day, causes
        self.target, self.nontarget = row["target"], row["nontarget"]
        self.sum = sum(reading.known())
        self.states = {one: "gone" for one, state in reading.states.items() if state == "gone"} | states_of(reading)
        self.nontargets = set()  # those that caused it (C1: those that are back)
        if "nontarget" in causes:
            wanted = "progression" if "progression" in reading.states.values() else "present"
            self.nontargets = {one for one, state in reading.states.items() if state == wanted}
        self.shown, self.sizes = news.shown(), dict(news.sizes)


def new_lesions_grew(since, sizes, news):
    """One more; the sum of the measured ones 5 mm up; any growth of another."""
    if news.shown() - since:
        return True
    both = [one for one in news.sizes if one in sizes and one in news.shown()]
    measured = [one for one in both if one in news.measured]
    if sum(news.sizes[one] - sizes[one] for one in measured) >= 5 * MM:
        return True
    return any(news.sizes[one] > sizes[one] for one in both if one not in measured and one in since)


def nontarget_grew(pending, reading, settings):
    """Any growth of non-targets, need not be unequivocal again.

    `increased` counts from the nadir (section 5): it is growth since the iUPD only where it was not so then. The page is silent
    on `unequivocal_progression` said again, which is growth, and on a non-target that is back, which is none.
    """
    for lesion, state in states_of(reading).items():
        if state in ("increased_since_last", "unequivocal_progression"):
            return True
        was = pending.states.get(lesion)
        if state == "increased" and (was in ("present", "gone") or "increased" in settings["accepted"]):
            return True
    return False


def states_of(reading):
    """The non-targets as the reader called them, but those that say nothing any more (V9) or are normal nodes."""
    return {row.lesion: row.state for row in reading.tp.rows if reading.states.get(row.lesion) in ("present", "progression")}


class Machine:
    """The state machine of one subject: clear, or pending with the categories that caused it."""

    def __init__(self, course, settings):
        self.course, self.settings = course, settings
        self.news, self.pending, self.had_cr = NewLesions(settings), None, False
        self.known, self.known_sizes = set(), {}  # new lesions that a response looked past
        self.confirmed = False

    def causes(self, row, reading):
        """The categories that meet PD of RECIST 1.1; C1: after a CR whatever is back."""
        causes = set()
        c1 = self.had_cr and self.settings["after_cr"] == "pd"
        if "c1-cause" in self.settings["accepted"]:
            c1 = c1 and "PD" not in (row["target"], row["nontarget"])
        if row["target"] == "PD" or (c1 and self.targets_back(reading)):
            causes.add("target")
        if row["nontarget"] == "PD" or (c1 and "present" in reading.states.values()):
            causes.add("nontarget")
        if self.news.shown() and (self.pending or new_lesions_grew(self.known, self.known_sizes, self.news)):
            causes.add("new_lesion")
        return causes

    def targets_back(self, reading):
        targets = self.course.table.targets
        return any(um is not None and is_disease(um, targets[one]) for one, um in reading.values.items())

    def without_new(self, row, reading):
        """Tables 1 and 2 without the new lesions that are known: a stable one blocks iCR alone."""
        if not self.news.shown():
            return overall_class(row["target"], row["nontarget"], self.doubt(row, reading), self.settings)
        name = overall_class(row["target"], row["nontarget"], "not_assessed", self.settings)
        return "NON-CR/NON-PD" if row["target"] == "NA" and row["nontarget"] == "CR" else name

    def looked_at(self, reading):
        return any(row.state != "not_evaluable" and one in self.news.shown() for one, row in reading.new.items())

    def doubt(self, row, reading):
        """The new lesion column of the tables; W5 also beside an open doubt."""
        unjudged = [one for one, new in reading.new.items() if new.state == "not_evaluable" and one not in self.news.calls]
        return "not_assessed" if unjudged or reading.partial else row["new_lesion"]

    def confirms(self, row, reading, causes):
        """What makes an iUPD an iCPD."""
        pending = self.pending
        if "target" in pending.causes and reading.values and sum(reading.known()) - pending.sum >= 5 * MM:
            return True
        if "nontarget" in pending.causes and nontarget_grew(pending, reading, self.settings):
            return True
        if "new_lesion" in pending.causes and new_lesions_grew(pending.shown, pending.sizes, self.news):
            return True
        return bool(causes - pending.causes)

    def shrunk(self, row, reading, causes):
        """Whether nothing meets PD any more, but for new lesions that are stable, and something has shrunk since the iUPD."""
        pending = self.pending
        if causes - {"new_lesion"} or new_lesions_grew(pending.shown, pending.sizes, self.news):
            return False
        if row["target"] in BETTER:
            if pending.target not in BETTER:
                if pending.target == "PD":
                    return True
            elif BETTER.index(row["target"]) < BETTER.index(pending.target):
                return True
            elif pending.sum - sum(reading.known()) >= 5 * MM:
                return True  # the page does not say how much: as much as confirms
        if row["nontarget"] == "CR" and pending.nontarget not in ("CR", "NE"):
            return True
        if "nontarget" in pending.causes and row["nontarget"] != "NE" and all(reading.states[o] == "gone" for o in pending.nontargets):
            return True
        return pending.causes == {"new_lesion"} and not self.news.shown()

    def step(self, index):
        """The class of one timepoint."""
        row, reading, seen = (part[index] for part in (self.course.timepoints, self.course.readings, self.course.seen))
        causes = self.causes(row, reading)
        day = pd_day(seen, self.settings)
        if self.pending is None:
            if not causes:
                return NAMES[self.without_new(row, reading)]
            self.pending = Pending(day, causes, row, reading, self.news)
            return "iUPD"
        least = self.settings["irecist_confirm_min_days"] - self.settings["irecist_confirm_tolerance_days"]
        further = self.confirms(row, reading, causes)
        if further and day - self.pending.day >= least:
            after = Pending(day, causes | self.pending.causes, row, reading, self.news)
            after.nontargets |= self.pending.nontargets
            self.pending, self.confirmed = after, True
            return "iCPD"
        looked_at = causes - {"new_lesion"} or self.looked_at(reading)
        if not looked_at and self.without_new(row, reading) == "NE":
            return "NE"  # the page is silent on a new lesion that is not looked at where nothing else is evaluable
        if not further and self.shrunk(row, reading, causes):
            self.pending = None
            self.known, self.known_sizes = self.news.shown(), dict(self.news.last)
            self.confirmed = False
            return NAMES[self.without_new(row, reading)]
        return "iCPD" if self.confirmed else "iUPD"  # the page is silent on what follows an iCPD


def pd_day(seen, settings):
    """Section 9: the day of the scan that shows the PD of RECIST 1.1; where growth alone confirms, the first day (page silent)."""
    if seen.pd_day is None or "irecist-day" in settings["accepted"]:
        return seen.first
    return seen.pd_day


def proven_findings(readings, settings):
    """N3: per timepoint the equivocal findings that a later scan proves before one calls them absent."""
    proven, found = set(), []
    for reading in reversed(readings):
        for lesion, row in reading.new.items():
            if row.state == "unequivocal" and within_cutoff(reading.tp.first, settings):
                proven.add(lesion)
            elif row.state == "absent":
                proven.discard(lesion)
        found.append(set(proven))
    return found[::-1]


def assess_irecist(subject, settings):
    """The timepoints and the best response (iBOR) of one subject."""
    course = lesion_course(subject, settings)
    machine = Machine(course, settings)
    proven = proven_findings(course.readings, settings) if settings["backdate"] == "retro_pd" else [set()] * len(course.readings)
    ended, timepoints, classes = False, [], []
    for index, (row, reading) in enumerate(zip(course.timepoints, course.readings)):
        machine.news.update(reading, proven[index])
        name = "NE" if not course.defined else machine.step(index)
        machine.had_cr = machine.had_cr or name == "iCR"
        timepoints.append(
            row | {"overall": name, "recist": row["overall"], "after_icpd": ended, "new_lesion_sum_mm": machine.news.total()}
        )
        classes.append(name)
        ended = ended or name == "iCPD"
    return best(course, timepoints, classes, machine, settings)


def best(course, timepoints, classes, machine, settings):
    """iBOR: the best class up to the first iCPD, looking through iUPD; else iCPD, else iUPD. SD minimum as in section 8."""
    minimum = course.reference + settings["sd_min_days"]
    candidates, block, confirmed, responses = [], None, False, []
    for name, seen in zip(classes, course.seen):
        if not within_cutoff(seen.first, settings) or not seen.counts:
            continue
        day = seen.first
        if name in ("iUPD", "iCPD"):
            day = pd_day(seen, settings)
            block = day if block is None else block
        elif name in ("iCR", "iPR"):
            day = seen.last
            responses.append(day)
        if name not in ("iUPD", "iCPD", "NE"):
            block = None
        early = name in ("iSD", "NON-iCR/NON-iUPD") and seen.first < minimum
        candidates.append(("NE" if early else name, day))
        if name == "iCPD":
            confirmed = True
            break
    bor = (settings["missing_as"], None)
    for name in RANK:
        days = [day for one, day in candidates if one == name]
        if days:
            bor = name, min(days)
            break
    if settings["after_pd"] == "left-out":
        timepoints = [one for one in timepoints if not one["after_icpd"]]
    return {
        "timepoints": timepoints,
        "bor": (bor[0], day_text(bor[1])),
        "first_response_date": day_text(min(responses, default=None)),
        "progression_date": day_text(block),
        "progression_confirmed": None if block is None else confirmed,
    }
