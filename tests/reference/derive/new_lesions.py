"""New lesions as iRECIST measures them (recist-rules, section 13), and the days of doubts that proved real (N3)."""

from best import within_cutoff
from lesions import MM

NEW_TARGETS, PER_ORGAN = 5, 2


class NewLesions:
    """The new lesions in force, their figures at this timepoint, and which are measured as targets (5, 2 per organ)."""

    def __init__(self, settings):
        self.settings = settings
        self.calls, self.sites, self.measured, self.sizes, self.last = {}, {}, [], {}, {}
        self.others = set()  # those with a figure that are no targets
        self.history = []  # the figures of the timepoints before

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
        for lesion in sorted(self.shown(), key=lambda one: (-self.sizes.get(one, 0), one)):
            row = reading.new.get(lesion)
            if row is None or row.um is None or lesion in self.measured or lesion in self.others:
                continue
            # M13: settled once, by the first figure.
            if measurable(row) and self.has_room(row.site):
                self.measured.append(lesion)
            else:
                self.others.add(lesion)

    def has_room(self, site):
        return len(self.measured) < NEW_TARGETS and [self.sites[one] for one in self.measured].count(site) < PER_ORGAN

    def shown(self):
        return {lesion for lesion, call in self.calls.items() if call == "unequivocal"}

    def remember(self):
        self.history.append({one: um for one, um in self.sizes.items() if one in self.shown()})

    def nadir(self):
        """The figures of the smallest sum of the measured ones, where all of them had one.

        The page is silent on one that is gone: it counts 0 where that is first seen, and is out of the sum from then on.
        """
        wanted = [one for one in self.measured if one in self.shown() or one in self.sizes]
        complete = [sizes for sizes in self.history if all(one in sizes for one in wanted)]
        lowest = min(complete, key=lambda sizes: sum(sizes[one] for one in wanted)) if wanted and complete else self.last
        return {one: um for one, um in lowest.items() if one in wanted}

    def total(self):
        """The sum of the measured ones; None where one of them has no figure."""
        sizes = [self.sizes.get(lesion) for lesion in self.measured if lesion in self.shown()]
        return sum(sizes) if self.measured and None not in sizes else None


def measurable(row):
    """M1 and M6: same measuring rules."""
    return row.um >= (15 if row.nodal else 10) * MM


def new_lesions_are_pd(known, news):
    """Beyond those that are known: one more, or a sum of the measured ones that is PD against its nadir (20 % and 5 mm)."""
    if news.shown() - known:
        return True
    nadir = news.nadir()
    measured = [one for one in news.measured if one in nadir]
    then, now = sum(nadir[one] for one in measured), sum(news.sizes.get(one, 0) for one in measured)
    return 5 * now >= 6 * then and now - then >= 5 * MM


def new_lesions_grew(since, sizes, news):
    """One more; the sum of the measured ones 5 mm up; any growth of another.

    What was measured then and is not now counts 0, so that growth is proven (A7 for new lesions; the page is silent).
    """
    if news.shown() - since:
        return True
    measured = [one for one in news.measured if one in sizes]
    then = sum(sizes[one] for one in measured)
    now = sum(news.sizes.get(one, 0) for one in measured if one in news.shown())
    others = [one for one in news.sizes if one in sizes and one in since & news.shown() and one not in measured]
    return now - then >= 5 * MM or any(news.sizes[one] > sizes[one] for one in others)


def proven_findings(readings, settings):
    """N3: per timepoint the equivocal findings that a later scan proves before one calls them absent."""
    proven, found = set(), []
    for reading in reversed(readings):
        for lesion, row in reading.new.items():
            if row.state == "unequivocal" and within_cutoff(reading.tp.last, settings):
                proven.add(lesion)
            elif row.state == "absent":
                proven.discard(lesion)
        found.append(set(proven))
    return found[::-1]


def moved_days(readings):
    """N3, line 12 of section 0: per timepoint the first day of the doubts that it proves."""
    since, moved = {}, {}
    for index, reading in enumerate(readings):
        for lesion, row in reading.new.items():
            if row.state == "equivocal":
                since.setdefault(lesion, row.day)
            elif row.state == "absent":
                since.pop(lesion, None)
            elif row.state == "unequivocal" and lesion in since:
                moved[index] = min(since.pop(lesion), moved.get(index, row.day))
    return moved
