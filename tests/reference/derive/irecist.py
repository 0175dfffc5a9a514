"""iRECIST: recist-rules, section 13, on the facts that derive.py finds (same measuring rules, same tables)."""

from best import persistent, within_cutoff
from derive import disease_days, is_disease, lesion_course, overall_class, pd_day
from lesions import MM
from new_lesions import NewLesions, moved_days, new_lesions_are_pd, new_lesions_grew, proven_findings
from table import day_text

NAMES = {"CR": "iCR", "PR": "iPR", "SD": "iSD", "NON-CR/NON-PD": "NON-iCR/NON-iUPD", "NE": "NE"}
RANK = ("iCR", "iPR", "iSD", "NON-iCR/NON-iUPD", "iCPD", "iUPD", "NE")
BETTER = ("CR", "PR", "SD")


class Pending:
    """An iUPD that waits: its day, its causes, and the values that growth is counted from."""

    def __init__(self, day, causes, row, reading, news, back):
        self.day, self.causes = day, causes
        self.target, self.nontarget = row["target"], row["nontarget"]
        self.sum = sum(reading.known()) if reading.complete() else None
        self.nontargets = set()  # those that caused it (C1: those that are back)
        if "nontarget" in causes:
            wanted = ("progression", "present") if back else ("progression",)
            self.nontargets = {one for one, state in reading.states.items() if state in wanted}
        self.shown = news.shown()
        self.sizes = {one: um for one, um in news.sizes.items() if one in self.shown}


def nontarget_grew(pending, reading):
    """Any growth of those that caused it, which need not be unequivocal again; another one that is.

    `increased` counts from the nadir (section 5), so it is no growth since the iUPD. The page is silent on
    `unequivocal_progression` said again, which is growth, and on a non-target that is back, which is none.
    """
    states = states_of(reading)
    caused = any(states.get(lesion) == "increased_since_last" for lesion in pending.nontargets)
    return caused or "unequivocal_progression" in states.values()


def states_of(reading):
    """The non-targets as the reader called them, but those that say nothing any more (V9) or are normal nodes."""
    told = ("present", "progression")
    return {row.lesion: row.state for row in reading.tp.rows if reading.states.get(row.lesion) in told}


class Machine:
    """The state machine of one subject: clear, or pending with the categories that caused it."""

    def __init__(self, course, settings):
        self.course, self.settings = course, settings
        self.news, self.pending, self.had_cr = NewLesions(settings), None, False
        self.known = set()  # new lesions that a response looked past
        self.confirmed, self.days, self.uncounted = False, {}, set()

    def causes(self, row, reading):
        """The categories that meet PD of RECIST 1.1; C1: after a CR whatever is back."""
        causes = set()
        for category in ("target", "nontarget"):
            if row[category] == "PD":
                causes.add(category)
        if self.disease_is_back(row, bool(causes)):
            if self.targets_back(reading):
                causes.add("target")
            if "present" in reading.states.values():
                causes.add("nontarget")
        pending = self.pending
        known = self.known | (pending.shown if pending else set())
        if self.news.shown() and (pending and "new_lesion" in pending.causes or new_lesions_are_pd(known, self.news)):
            causes.add("new_lesion")
        return causes

    def disease_is_back(self, row, other_cause):
        """C1 after an iCR; and what RECIST 1.1 calls PD for C1 alone (its CR may be an iUPD here, by N3)."""
        if self.settings["after_cr"] != "pd":
            return False
        alone = row["overall_as_read"] == "PD" and not other_cause and row["new_lesion"] != "unequivocal"
        return self.had_cr or alone

    def targets_back(self, reading):
        targets = self.course.table.targets
        return any(um is not None and is_disease(um, targets[one]) for one, um in reading.values.items())

    def without_new(self, row, reading):
        """Tables 1 and 2 without the new lesions that are known: a stable one blocks iCR alone."""
        if not self.news.shown():
            return overall_class(row["target"], row["nontarget"], self.doubt(row, reading), self.settings)
        name = overall_class(row["target"], row["nontarget"], "not_assessed", self.settings)
        doubt = row["new_lesion"] != "unequivocal" and self.doubt(row, reading) == "not_assessed"
        if row["target"] == "NA" and row["nontarget"] == "CR" and not doubt:  # the page is silent, as in table 2
            return "NON-CR/NON-PD"
        return name

    def first_figures(self, reading):
        """The page is silent on what had no figure at the iUPD: its first one after it counts."""
        for lesion in self.pending.shown & self.news.shown() & self.news.sizes.keys():
            self.pending.sizes.setdefault(lesion, self.news.sizes[lesion])
        if self.pending.sum is None and reading.values and reading.complete():
            self.pending.sum = sum(reading.known())

    def looked_at(self, reading):
        return any(row.state != "not_evaluable" and one in self.news.shown() for one, row in reading.new.items())

    def doubt(self, row, reading):
        """The new lesion column of the tables; W5 also beside an open doubt."""
        unjudged = [one for one, new in reading.new.items() if new.state == "not_evaluable" and one not in self.news.calls]
        return "not_assessed" if unjudged or reading.partial else row["new_lesion"]

    def confirms(self, row, reading, causes):
        """What makes an iUPD an iCPD."""
        pending = self.pending
        proves = reading.complete() or self.settings["subset_pd"] == "lower-bound"  # A7: what is missing can only add
        if "target" in pending.causes and pending.sum is not None and proves and sum(reading.known()) - pending.sum >= 5 * MM:
            return True
        if "nontarget" in pending.causes and nontarget_grew(pending, reading):
            return True
        if "new_lesion" in pending.causes and new_lesions_grew(pending.shown, pending.sizes, self.news):
            return True
        return bool(causes - pending.causes)

    def shrunk(self, row, reading, causes):
        """Whether nothing meets PD any more, but for new lesions that are stable, and something has shrunk since the iUPD."""
        pending = self.pending
        if causes - {"new_lesion"} or new_lesions_grew(pending.shown, pending.sizes, self.news):
            return False
        if row["overall_as_read"] == "CR" and not self.news.shown():
            return True
        if "target" in pending.causes and row["target"] == "CR":
            return True
        if row["target"] in BETTER:
            if pending.target == "PD" or pending.target in BETTER[BETTER.index(row["target"]) + 1 :]:
                return True
            if pending.sum is not None and pending.sum - sum(reading.known()) >= 5 * MM:
                return True  # the page does not say how much: as much as confirms
        if row["nontarget"] == "CR" and pending.nontarget not in ("CR", "NE"):
            return True
        gone = {one for one, state in reading.states.items() if state == "gone"}
        if "nontarget" in pending.causes and pending.nontargets <= gone:
            return True
        return pending.causes == {"new_lesion"} and not self.news.shown()

    def day_of(self, index, causes):
        """Section 9: the day of the scan that shows the causes; where growth alone confirms, the first day (page silent)."""
        row, reading, days = self.course.timepoints[index], self.course.readings[index], []
        shows = ["PD" if row[category] == "PD" and category in causes else "NE" for category in ("target", "nontarget")]
        if "PD" in shows:
            days.append(pd_day(self.course.table, reading, (*shows, "no"), self.settings))
        if shows.count("PD") < len(causes - {"new_lesion"}) or self.disease_is_back(row, "PD" in shows):
            days += disease_days(self.course.table, reading)  # C1
        if "new_lesion" in causes:
            shown = self.news.shown()
            fresh = shown - self.known or shown
            days += [new.day for lesion, new in reading.new.items() if lesion in fresh and new.state != "not_evaluable"]
        return min(days, default=reading.tp.first)

    def step(self, index):
        """The class of one timepoint; W7: of an unscheduled partial scan nothing but PD is remembered."""
        before, reading = (self.pending, self.known, self.confirmed), self.course.readings[index]
        name = self.next_class(index)
        shows = index in self.days and name in ("iUPD", "iCPD")
        shows = shows and (self.settings["unscheduled_pd"] == "any" or "new_lesion" in self.shown_causes)
        if reading.partial and reading.tp.kind == "unscheduled" and not shows:
            self.pending, self.known, self.confirmed = before
            self.uncounted.add(index)
        return name

    def next_class(self, index):
        row, reading, seen = (part[index] for part in (self.course.timepoints, self.course.readings, self.course.seen))
        causes = self.shown_causes = self.causes(row, reading)
        name = NAMES.get(self.without_new(row, reading))
        if not seen.counts:  # W7; the page is silent on its class while an iUPD waits
            waits = self.pending and name != "NE" and not self.shrunk(row, reading, causes)
            return "iUPD" if waits or causes - {"new_lesion"} else name
        day = self.days[index] = self.day_of(index, causes)
        back = self.disease_is_back(row, "PD" in (row["target"], row["nontarget"]))
        if self.pending is None:
            if not causes:
                return name
            self.pending = Pending(day, causes, row, reading, self.news, back)
            return "iUPD"
        least = self.settings["irecist_confirm_min_days"] - self.settings["irecist_confirm_tolerance_days"]
        self.first_figures(reading)
        further = self.confirms(row, reading, causes)
        if further and day - self.pending.day >= least:
            after = Pending(day, causes | self.pending.causes, row, reading, self.news, back)
            after.nontargets |= self.pending.nontargets
            self.pending, self.confirmed = after, True
            return "iCPD"
        looked_at = causes - {"new_lesion"} or (causes and self.looked_at(reading))
        if not looked_at and not further and name == "NE":
            return "NE"  # the page is silent on a new lesion that is not looked at where nothing else is evaluable
        if not further and name != "NE" and self.shrunk(row, reading, causes):
            self.pending, self.known = None, self.news.shown()
            self.confirmed = False
            return name
        return "iCPD" if self.confirmed else "iUPD"  # the page is silent on what follows an iCPD


def assess_irecist(subject, settings):
    """The timepoints and the best response (iBOR) of one subject."""
    course = lesion_course(subject, settings)
    proven = proven_findings(course.readings, settings) if settings["backdate"] == "retro_pd" else [set()] * len(course.readings)
    persistent(course.timepoints, course.seen, settings)
    machine = Machine(course, settings)
    ended, timepoints, classes = False, [], []
    for index, (row, reading) in enumerate(zip(course.timepoints, course.readings)):
        machine.news.update(reading, proven[index])
        if course.defined:
            name = machine.step(index)
        else:
            name = "NE"
            if not course.seen[index].counts:
                machine.uncounted.add(index)
        machine.news.remember()
        machine.had_cr = machine.had_cr or name == "iCR"
        shown = "iPR" if name == "iSD" and row["overall"] == "PR" else name  # A1, as in RECIST 1.1 (the page is silent)
        total = machine.news.total() if course.defined else None
        timepoints.append(row | {"overall": shown, "recist": row["overall"], "after_icpd": ended, "new_lesion_sum_mm": total})
        classes.append(name)
        ended = ended or name == "iCPD"
    return best(course, timepoints, classes, machine, settings)


def best(course, timepoints, classes, machine, settings):
    """iBOR: the best class up to the first iCPD, looking through iUPD; else iCPD, else iUPD. SD minimum as in section 8."""
    minimum = course.reference + settings["sd_min_days"]
    candidates, block, confirmed, responses = [], None, False, []
    first_sight = moved_days(course.readings) if settings["backdate"] == "date_only" else {}
    for index, (name, seen) in enumerate(zip(classes, course.seen)):
        if not within_cutoff(seen.last, settings) or index in machine.uncounted:
            continue
        day = seen.first
        if name in ("iUPD", "iCPD"):
            day = machine.days.get(index, seen.first)
            if block is None:
                block = min(day, first_sight.get(index, day))  # A5
        elif name in ("iCR", "iPR"):
            day = seen.last
            responses.append(day)
        if name not in ("iUPD", "iCPD", "NE") and not confirmed:
            block = None
        early = name in ("iSD", "NON-iCR/NON-iUPD") and seen.first < minimum
        candidates.append(("NE" if early else name, day))
        if name == "iCPD":
            confirmed = True
            if settings["stop_at_pd"]:
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
