"""Compares `recist assess` with a second derivation of the rules, over random courses and all settings.

    python3 tests/reference/derive/check.py PROGRAM [--each 20000] [--combinations 200] [--per-combination 1000]
        [--seed 1] [--quick] [--all-wide]

Exit code 1 when any answer differs.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True  # no folders of compiled files in the repository

from compare import described, parsed, run, write_table
from settings import CHOICES, DEFAULTS, PAIRS, WIDE_ONLY
from trajectories import lesion_rows, response_rows
from views import derived, fields_of
from wide_trajectories import wide_rows

CHUNK = 1000
RESPONSES = 6  # one subject in so many comes with responses instead of lesions
WIDE = 15  # beside so many subjects stands one for the other criteria, the scopes and the trends
SHARE = 0.03


def check_settings(program):
    """Stops unless the program has just the settings that are tried; its error for an unknown one lists them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_table(path, [lesion_rows(0, 0)])
        command = [program, "assess", str(path), "--set", "no_such_setting=1"]
        message = subprocess.run(command, capture_output=True, check=False, text=True).stderr
    names = {word.strip(" .\n") for word in message.partition("allowed are ")[2].split(",")}
    names.discard("profile")  # names values of the others
    if names != CHOICES.keys():
        sys.exit(f"other settings than those of the program: {', '.join(sorted(names ^ CHOICES.keys()))}\n{message}")


def subjects(seed, first, count, every):
    """The rows of `count` subjects by kind of table: with lesions, with responses, and beside them some with more columns.

    Of the last kind the second table is for settings that concern nothing else.
    """
    numbers = range(first, first + count)
    return [
        ("lesions", [lesion_rows(seed, number) for number in numbers if number % RESPONSES]),
        ("responses", [response_rows(seed, number) for number in numbers if number % RESPONSES == 0]),
        ("wide", [wide_rows(seed, number) for number in numbers if number % WIDE == 0]),
        ("wide", [wide_rows(seed, number) for number in numbers if number % WIDE and every]),
    ]


def is_default(changes):
    return all(DEFAULTS[key] == value for key, value in changes.items())


def work(task):
    """One chunk of subjects under several settings: per setting the counts, the time and what differs."""
    program, seed, first, count, variants, every = task
    results, plain = [], {}
    with tempfile.TemporaryDirectory() as folder:
        tables = []
        for place, (kind, rows) in enumerate(subjects(seed, first, count, every)):
            if rows:
                path = Path(folder) / f"{place}.csv"
                tables.append((path, kind, place == 3, rows, [parsed(one) for one in rows]))
                write_table(path, rows)
        for label, changes in variants:
            started, wrong, classes, compared, moved = time.monotonic(), [], Counter(), 0, 0
            wide_only = bool(changes) and changes.keys() <= WIDE_ONLY
            for path, kind, rest, rows, read in tables:
                if (rest and not wide_only) or (kind != "wide" and wide_only):
                    continue
                theirs = run(program, path, kind, changes)
                for own_rows, subject in zip(rows, read):
                    usual = plain.get(subject.name) or plain.setdefault(subject.name, derived(kind, subject, {}))
                    ours = usual if is_default(changes) else derived(kind, subject, changes)
                    compared += len(ours)
                    moved += sum(ours[view] != usual[view] for view in ours)
                    if ours != theirs.get(subject.name):
                        wrong.append(own_rows)
                    if not changes:
                        count_classes(classes, kind, ours)
            wrong.sort(key=len)
            seconds = time.monotonic() - started
            results.append((label, changes, (compared, moved, len(wrong), seconds), wrong[:3], classes))
    return results


def count_classes(classes, kind, answers):
    """How often each class occurs, by view; the subjects of RECIST 1.1 alone count together."""
    for view, answer in answers.items():
        if view == "trends":
            continue
        name = view.partition(" ")[0] if kind == "wide" else "RECIST 1.1"
        overall = fields_of(view)[0].index("overall")
        if answer["bor"]:
            classes[f"{name} bor", answer["bor"][0]] += 1
        classes.update((f"{name} timepoint", one[overall]) for one in answer["timepoints"] if one[overall])


def named(changes):
    return " ".join(f"{key}={value}" for key, value in changes.items()) or "defaults"


# every value of every setting alone, the defaults included, and the pairs
ALONE = [{key: value} for key, values in CHOICES.items() for value in values]
VARIANTS = [(named(changes), changes) for changes in [{}, *ALONE, *PAIRS]]


def combinations(number, seed):
    """Random combinations of all settings, each value as likely as the next."""
    rng = Random(f"combinations {seed}")
    return [{key: rng.choice(values) for key, values in CHOICES.items()} for _ in range(number)]


def print_shares(classes):
    """The share of each class; the comparison is worth little where a class hardly occurs."""
    enough = True
    for kind in sorted({what for what, _ in classes}):
        total = sum(count for (what, _), count in classes.items() if what == kind)
        shares = {name: count / total for (what, name), count in sorted(classes.items()) if what == kind}
        print(f"{kind}: " + ", ".join(f"{name} {share:.1%}" for name, share in shares.items()))
        if kind.startswith("RECIST 1.1"):
            enough &= all(shares.get(name, 0) >= SHARE for name in ("CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD"))
    if not enough:
        print(f"warning: a class has less than {SHARE:.0%}")


def main():
    parser = argparse.ArgumentParser(description="Compare the program with a second derivation of the rules.")
    parser.add_argument("program")
    parser.add_argument("--each", type=int, default=20000, help="subjects per setting value")
    parser.add_argument("--combinations", type=int, default=200, help="random combinations of all settings")
    parser.add_argument("--per-combination", type=int, default=1000, help="subjects per combination")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="1000 subjects each and 20 combinations")
    parser.add_argument("--all-wide", action="store_true", help="settings of the other criteria on as many subjects as those of RECIST 1.1")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--examples", type=int, default=1, help="disagreements to print per setting")
    options = parser.parse_args()
    if options.quick:
        options.each, options.combinations = 1000, 20
    program = os.path.abspath(options.program)
    started = time.monotonic()
    check_settings(program)
    alone = VARIANTS
    firsts = range(0, options.each, CHUNK)
    tasks = [(program, options.seed, first, min(CHUNK, options.each - first), alone, options.all_wide) for first in firsts]
    for number, changes in enumerate(combinations(options.combinations, options.seed)):
        variants = [(f"combination {number + 1}", changes)]
        tasks.append((program, f"{options.seed}c{number}", 0, options.per_combination, variants, False))
    totals, classes = {}, Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        for done, results in enumerate(pool.imap_unordered(work, tasks), 1):
            if sys.stderr.isatty():
                print(f"\r{done} of {len(tasks)} tables", end="" if done < len(tasks) else "\n", file=sys.stderr, flush=True)
            for label, changes, counts, examples, seen in results:
                line = totals.setdefault(label, [changes, (0, 0, 0, 0.0), []])
                line[1] = tuple(map(sum, zip(line[1], counts)))
                line[2] += examples
                classes += seen
    print_shares(classes)
    for label in [label for label, _ in alone] + [f"combination {n + 1}" for n in range(options.combinations)]:
        changes, (count, moved, wrong, seconds), examples = totals[label]
        print(f"{label}: {count} answers, {moved} unlike the defaults, {wrong} differ, {seconds:.1f} s")
        for rows in sorted(examples, key=len)[: options.examples]:
            print(described(program, rows, changes))
    answers = sum(counts[0] for _, counts, _ in totals.values())
    differ = sum(counts[2] for _, counts, _ in totals.values())
    print(f"{answers} answers compared, {differ} differ, {time.monotonic() - started:.0f} s")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
