"""Best overall response, confirmation and dates: recist-rules, sections 8 and 9."""

from collections import namedtuple

from table import day_number, day_text

# first and last: the days of the timepoint; pd_day: the day its PD was seen; proven: the day of an equivocal new lesion that a
# later scan proved; counts: false for an assessment that is none (W7, ND)
Seen = namedtuple("Seen", "first last overall pd_day proven counts")

RANK = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
RESPONSE = ("CR", "PR")


def within_cutoff(last, settings):
    """Section 8: nothing later is looked at, no proof of an earlier finding either; `last` is the last scan of a timepoint."""
    return settings["cutoff_date"] is None or last <= day_number(settings["cutoff_date"])


def day_of(seen):
    """Section 9: PD by the scan that shows it, a response by the last scan; the page is silent on the others: the first."""
    if seen.overall == "PD":
        return seen.pd_day
    return seen.last if seen.overall in RESPONSE else seen.first


def days_between(earlier, later, settings):
    """Sections 9 and 10: a response bears the day of its last scan."""
    return later.last - earlier.last


def confirmed_by(window, i, settings):
    """Section 8, algorithm: the index of the timepoint that confirms the CR or PR at i, or None."""
    own = window[i].overall
    after_cr = False
    ne = sd = 0
    for j in range(i + 1, len(window)):
        later = window[j]
        if own == "PR" and later.overall == "PR" and after_cr and not settings["pr_after_cr_confirms"]:
            return None  # A2: no PR after a CR, bounds included
        answers = later.overall == "CR" or (own == "PR" and later.overall == "PR")
        if answers and days_between(window[i], later, settings) >= settings["confirm_min_days"]:
            return j
        if later.overall == "NE":
            ne += 1
        elif later.overall == "SD" and own == "PR":
            sd += 1
        elif not answers:
            return None
        if ne > settings["max_ne_between"] or sd > settings["max_sd_between"]:
            return None
        after_cr = after_cr or later.overall == "CR"
    return None


def ranked(candidates):
    """Section 8: the best class, and the first timepoint that gives it."""
    for response in RANK:
        days = [day for name, day in candidates if name == response]
        if days:
            return response, min(days)
    return None


def unconfirmed(window, minimum):
    """Section 8, unconfirmed: SD and NON-CR/NON-PD only from the minimum on; too early they are worth no more than NE."""
    candidates = []
    for seen in window:
        early = seen.overall in ("SD", "NON-CR/NON-PD") and seen.first < minimum
        candidates.append(("NE" if early else seen.overall, day_of(seen)))
    return ranked(candidates)


def confirmed(window, minimum, pairs, without_targets, settings):
    """Section 8, confirmed: an unconfirmed response past the SD minimum is SD, before it nothing (A13, A19, A20).

    Without targets there is no SD (table 2): such a response is NON-CR/NON-PD.
    """
    candidates = []
    for i, seen in enumerate(window):
        name = seen.overall
        if name == "PD":
            candidates.append((name, seen.pd_day))
            continue
        if i in pairs:
            candidates.append((name, seen.last))
        if name != "NE" and seen.first >= minimum:
            candidates.append(("NON-CR/NON-PD" if without_targets or name == "NON-CR/NON-PD" else "SD", seen.first))
        if name not in RESPONSE or settings["early_unconfirmed_as"] == "NE":
            candidates.append(("NE", seen.first))  # A19: otherwise an early response gives nothing at all
    if settings["early_sd_after_response"] == "SD":  # A13, of the table's row PR, SD; after a CR the row has PD instead
        start = next((i for i, seen in enumerate(window) if seen.overall == "PR" and i not in pairs), len(window))
        candidates += [("SD", seen.first) for seen in window[start:] if seen.overall == "SD"]
    best = ranked(candidates)
    responses = [seen.last for seen in window if seen.overall in RESPONSE]
    if best is None:
        return "MISSING", window[0].first  # the page is silent on its date
    if best[0] == "PD" and responses and settings["fallen_bor_date"] == "response":
        return "PD", min(responses)  # A20
    return best


def persistent(timepoints, seen, settings):
    """C2 and A1: after a PR (confirmed, or any) an SD reads PR until PD; never an input to confirmation.

    A15: what follows the PD is literal again. The page is silent on the cut-off: the PR and its confirmation stand before it.
    """
    if settings["pr_persistence"] == "none":
        return
    order = [k for k, one in enumerate(seen) if one.counts and within_cutoff(one.last, settings)]
    counted = [seen[k] for k in order]
    holds_from = len(seen)
    for place, one in enumerate(counted):
        if one.overall == "PD":
            break
        if one.overall == "PR":
            since = place if settings["pr_persistence"] == "any" else confirmed_by(counted, place, settings)
            holds_from = min(holds_from, len(seen) if since is None else order[since])
    for k in range(holds_from + 1, len(seen)):
        if seen[k].overall == "PD" and seen[k].counts:  # W7
            return
        if seen[k].overall == "SD":
            timepoints[k]["overall"] = "PR"


def progression(seen, looked_at, settings):
    """Section 9: the day of the first PD; A5: with `date_only` a finding that was proven moves the date alone."""
    days = [one.pd_day for one in looked_at if one.overall == "PD"]
    if days and settings["backdate"] == "date_only":
        days += [one.proven for one in seen if one.proven is not None]
    return min(days, default=None)


def best_responses(timepoints, seen, reference, without_targets, settings):
    """Sections 8 and 9 from the responses of all timepoints."""
    looked_at = [one for one in seen if one.counts and within_cutoff(one.last, settings)]
    first_pd = next((k for k, one in enumerate(seen) if one.overall == "PD" and one.counts), len(seen))
    for k, timepoint in enumerate(timepoints):
        timepoint["after_pd"] = k > first_pd  # A15
    persistent(timepoints, seen, settings)
    window = looked_at
    if settings["stop_at_pd"]:
        end = next((k for k, one in enumerate(looked_at) if one.overall == "PD"), len(looked_at))
        window = looked_at[: end + 1]
    minimum = reference + settings["sd_min_days"]
    pairs = {i for i, one in enumerate(window) if one.overall in RESPONSE and confirmed_by(window, i, settings) is not None}
    if window:
        bor, best = unconfirmed(window, minimum), confirmed(window, minimum, pairs, without_targets, settings)
    else:
        bor = best = settings["missing_as"], None
    if settings["after_pd"] == "left-out":
        timepoints = [one for one in timepoints if not one["after_pd"]]  # A15; best responses look at what stop_at_pd says
    return {
        "timepoints": timepoints,
        "bor": (bor[0], day_text(bor[1])),
        "confirmed_bor": (best[0], day_text(best[1])),
        "first_response_date": day_text(min((one.last for one in window if one.overall in RESPONSE), default=None)),
        "first_confirmed_response_date": day_text(min((window[i].last for i in pairs), default=None)),
        "progression_date": day_text(progression(seen, looked_at, settings)),
        "clinical_benefit": bor[0] in ("CR", "PR", "SD", "NON-CR/NON-PD"),
    }
