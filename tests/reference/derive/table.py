"""Rows of a table to subjects with timepoints: lengths in whole micrometres, days as whole numbers."""

from collections import namedtuple
from datetime import date

Row = namedtuple("Row", "day lesion role nodal state um reason merged_into markers site viable irradiated basis skull")
Timepoint = namedtuple("Timepoint", "visit kind first last rows")
Subject = namedtuple("Subject", "name reference timepoints")
Response = namedtuple("Response", "visit day overall")


def day_number(text):
    """Section 10, 5: days are counted as differences of calendar dates."""
    return date.fromisoformat(text).toordinal()


def day_text(number):
    return None if number is None else date.fromordinal(number).isoformat()


def micrometres(text):
    """Section 10, 1: a figure as written, at most three decimals, held as a whole number."""
    if not text:
        return None
    whole, _, decimals = text.partition(".")
    return int(whole) * 1000 + int((decimals + "000")[:3])


def group(rows):
    """Design, 4: the key is `timepoint`, else `visit`, else `date`; timepoints stand in the order of their first day."""
    groups = {}
    for row in rows:
        groups.setdefault(row.get("timepoint") or row["visit"] or row["date"], []).append(row)
    return sorted(groups.values(), key=lambda members: min(row["date"] for row in members))


def lesion_subject(name, rows):
    """One subject of a table with a row per lesion."""
    timepoints = []
    for members in group(rows):
        read = [
            Row(
                day_number(row["date"]),
                row["lesion"],
                row["role"],
                row["nodal"] == "yes",
                row["state"],
                micrometres(row["mm"]),
                row.get("reason", ""),
                row.get("merged_into", ""),
                row.get("markers", ""),
                row["site"],
                micrometres(row.get("viable_mm", "")),
                row.get("irradiated", ""),
                row.get("absent_basis", ""),
                row.get("intracranial", "") == "yes",
            )
            for row in members
        ]
        days = [row.day for row in read]
        kind = next((row["tp_kind"] for row in members if row.get("tp_kind")), "")
        timepoints.append(Timepoint(members[0]["visit"], kind, min(days), max(days), read))
    return Subject(name, own_reference(rows), timepoints)


def response_subject(name, rows):
    """One subject of a table with a row per timepoint response."""
    read = [Response(row["visit"], day_number(row["date"]), row["overall"]) for row in rows]
    return Subject(name, own_reference(rows), sorted(read, key=lambda response: response.day))


def own_reference(rows):
    """A11: the optional column `reference_date` gives each subject its own day to count from."""
    return next((day_number(row["reference_date"]) for row in rows if row.get("reference_date")), None)
