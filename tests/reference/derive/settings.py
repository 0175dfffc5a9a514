"""The settings of `recist assess` (recist-rules, section 12): default first, then the other values that are tried."""

CHOICES = {
    "confirm_min_days": (28, 0, 27, 29, 56),  # section 8
    "sd_min_days": (42, 0, 41, 43, 56),  # section 8
    "reference_date": (None, "2026-01-12"),  # A11
    "max_ne_between": (1, 0, 2),  # A4
    "max_sd_between": (0, 1, 2),  # A3
    "pr_persistence": ("none", "confirmed", "any"),  # A1
    "after_cr": ("pd", "as-reported"),  # A2
    "pr_after_cr_confirms": (False, True),  # A2
    "stop_at_pd": (True, False),  # section 8
    "backdate": ("retro_pd", "date_only"),  # A5
    "subset_pd": ("lower-bound", "never"),  # A7
    "missing_as": ("NE", "MISSING"),  # section 8
    "cutoff_date": (None, "2026-04-01"),  # section 8
    "cr_with_equivocal": ("allow", "hold-at-pr"),  # A6
    "absent_node_mm": (0, 5),  # A8
    "too_small_after_absent": ("pd", "not-pd"),  # A9
    "pd_date": ("first", "last"),  # A14
    "nontarget_partly_ne": ("NE", "NON-CR/NON-PD"),  # A21
    "all_nodes_normal": ("cr", "pd"),  # A10
    "early_sd_after_response": ("NE", "SD"),  # A13
    "nadir_at_pd": ("counts", "skips"),  # A17
    "early_unconfirmed_as": ("NE", "MISSING"),  # A19
    "fallen_bor_date": ("pd", "response"),  # A20
    "unscheduled_pd": ("any", "new-lesion"),  # W7
    "markers": ("followed", "ignored"),  # A22
    "after_pd": ("marked", "left-out"),  # A15
    "pet_cr": (False, True),  # W13
    "local_pd_confirm": ("none", "next_scan"),  # W4
    "oligo_max_sites": (5, 1, 2, 0),  # trial-outputs, trial 002
    "oligo_count": ("lesion", "organ"),  # trial-outputs, trial 002
    "mrecist_pd_min_mm": (0, 5),  # section 14
    "irecist_confirm_min_days": (28, 0, 27, 29, 56),  # section 13
    "irecist_confirm_tolerance_days": (2, 0, 1, 7),  # section 13
}

# settings that move nothing in RECIST 1.1 of the patient: tried alone on the wide courses only
WIDE_ONLY = {key for key in CHOICES if key.startswith(("irecist_", "mrecist_", "local_", "oligo_", "pet_"))}

# settings that show only together
PAIRS = (
    {"after_cr": "as-reported", "pr_after_cr_confirms": True},
    {"after_cr": "as-reported", "pr_persistence": "confirmed"},
    {"after_cr": "as-reported", "early_sd_after_response": "SD"},
    {"too_small_after_absent": "not-pd", "all_nodes_normal": "pd"},
    {"too_small_after_absent": "not-pd", "after_cr": "as-reported"},
    {"absent_node_mm": 5, "all_nodes_normal": "pd"},
    {"backdate": "date_only", "pd_date": "last"},
    {"cutoff_date": "2026-04-01", "pr_persistence": "any"},
    {"stop_at_pd": False, "nadir_at_pd": "skips"},
)

DEFAULTS = {key: values[0] for key, values in CHOICES.items()}


def spelled(value):
    """A value as `--set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def arguments(changes):
    """`--set KEY=VALUE` for every change; None means the setting is left alone."""
    return [word for key, value in changes.items() if value is not None for word in ("--set", f"{key}={spelled(value)}")]
