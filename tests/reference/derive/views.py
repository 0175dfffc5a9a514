"""The views on a subject that are compared: what the program is asked for, how it is derived here, which fields count."""

from derive import assess_lesions, assess_responses
from irecist import assess_irecist
from mrecist import assess_mrecist
from scopes import assess_each_lesion, assess_irradiated
from settings import DEFAULTS
from trends import assess_trends
from trajectories import LESION_COLUMNS, RESPONSE_COLUMNS, WIDE_COLUMNS

LENGTHS = ("sum_mm", "partial_sum_mm", "nadir_mm", "new_lesion_sum_mm")
BEST = ("bor", "confirmed_bor")
LESION_FIELDS = (
    "date sum_mm partial_sum_mm nadir_mm target nontarget new_lesion basis_asked overall overall_as_read after_pd".split(),
    "bor confirmed_bor first_response_date first_confirmed_response_date progression_date clinical_benefit".split(),
)
RESPONSE_FIELDS = ("overall overall_as_read after_pd".split(), LESION_FIELDS[1])
IRECIST_FIELDS = (
    "date sum_mm nadir_mm new_lesion_sum_mm target nontarget new_lesion recist basis_asked overall after_icpd".split(),
    "bor first_response_date progression_date progression_confirmed".split(),
)
TREND_FIELDS = (
    "date targets nontargets new_lesions extracranial intracranial oligoprogression".split(),
    "on_trial before_trial lesions".split(),
)
LOCAL_FIELDS = ([field for field in LESION_FIELDS[0] if field != "new_lesion"], LESION_FIELDS[1])
FIELDS = {"responses": RESPONSE_FIELDS, "irecist": IRECIST_FIELDS, "trends": TREND_FIELDS}  # of every other view: LESION_FIELDS

# per kind of table: its columns and the options of the runs of the program that are needed
KINDS = {
    "responses": (RESPONSE_COLUMNS, [[]]),
    "lesions": (LESION_COLUMNS, [[]]),
    "wide": (WIDE_COLUMNS, [["--scope", "patient,irradiated,lesion"], ["--criteria", "irecist,mrecist"]]),
}

# one answer per subject each; the scope `lesion` has one per target
WIDE = {
    "recist": assess_lesions,
    "irradiated": assess_irradiated,
    "irecist": assess_irecist,
    "mrecist": assess_mrecist,
    "trends": assess_trends,
}


def kind_of(rows):
    if "lesion" not in rows[0]:
        return "responses"
    return "wide" if "viable_mm" in rows[0] else "lesions"


def fields_of(view):
    return LOCAL_FIELDS if view.startswith(("lesion", "irradiated")) else FIELDS.get(view, LESION_FIELDS)


def compact(view, answer, settings):
    """An answer in the form that is compared: the timepoints as tuples."""
    per_timepoint, per_subject = fields_of(view)
    short = {field: answer[field] for field in per_subject}
    if view == "irecist":  # the page is silent on the classes after an iCPD
        for one in answer["timepoints"]:
            one["overall"] = None if one["after_icpd"] else one["overall"]
        if answer["progression_confirmed"] and not settings["stop_at_pd"]:
            short.update(bor=None, first_response_date=None)
    short["timepoints"] = [tuple([one.get(field) for field in per_timepoint]) for one in answer["timepoints"]]
    return short


def derived(kind, subject, changes):
    """Our answers by view."""
    settings = DEFAULTS | changes
    if kind == "responses":
        answers = {"responses": assess_responses(subject, settings)}
    elif kind == "lesions":
        answers = {"recist": assess_lesions(subject, settings)}
    else:
        answers = {view: derive(subject, settings) for view, derive in WIDE.items()}
        answers |= {f"lesion {lesion}": answer for lesion, answer in assess_each_lesion(subject, settings).items()}
    return {view: compact(view, answer, settings) for view, answer in answers.items()}


def view_of(kind, entry):
    """The view that one entry of the program's `subjects` answers."""
    if kind == "responses":
        return "responses"
    if entry["criteria"] != "RECIST 1.1":
        return entry["criteria"].lower()
    if entry["scope"] == "lesion":
        return f"lesion {entry['lesion']}"
    return "recist" if entry["scope"] == "patient" else entry["scope"]


def printed(kind, entry, changes):
    """The program's answer in the form that is compared; lengths become whole micrometres."""
    for name in BEST:
        if name in entry:
            entry[name] = (entry[name]["response"], entry[name]["date"])
    for one in entry["timepoints"]:
        for name in LENGTHS:
            if one.get(name) is not None:
                one[name] = round(one[name] * 1000)
        one["basis_asked"] = "absent-basis" in one["queries"]
    return compact(view_of(kind, entry), entry, DEFAULTS | changes)


def printed_trends(entry):
    """The program's trends in the form that is compared."""
    for one in entry["timepoints"]:
        one.update({kind: tuple(sorted(one[kind])) for kind in ("targets", "nontargets", "new_lesions")})
    lesions = {}
    for lesion in entry["lesions"]:
        if lesion["role"] == "target":
            lesions[lesion["lesion"]] = [
                (one["date"], micrometres(one["value_mm"]), micrometres(one["nadir_mm"]), one["progression"])
                for one in lesion["points"]
            ]
    dates = {name: entry[name] and entry[name]["date"] for name in ("on_trial", "before_trial")}
    return compact("trends", {"timepoints": entry["timepoints"], "lesions": lesions, **dates}, DEFAULTS)


def micrometres(length):
    return None if length is None else round(length * 1000)
