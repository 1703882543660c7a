"""The bench: runs the cases and prints one table of medians with ratios.
Started by test/bench/bench; see there."""
import argparse
import os
import platform
import subprocess
import sys

import psycopg2

from bed import BINDIR, Bed
from cases import CASES, Table
from sides import IDEAL


class Size:
    """How much of everything."""

    def __init__(self, quick, count, all_peers):
        self.rounds = count or (1 if quick else 3)
        self.jobs = 50 if quick else 1000
        self.running = 20 if quick else 200
        self.rows = 20000 if quick else 1000000
        self.seconds = 1 if quick else 5
        self.samples = 5 if quick else 50
        self.idle = 3 if quick else 60
        self.queued = 60 if quick else 10000
        self.all_peers = all_peers


# The number of the goal in doc/performance.md; case and measure, of rsdata;
# the sides whose best it is compared with; at most (or, with ">=", at least)
# this ratio.  With no sides, the figure itself.
GOALS = [
    ("1", "B1 0 ms", "job s", ["JavaScript SDK", "boto3 at its best"], 0.25),
    ("1", "B1 0 ms", "job s", ["minimal C client"], 2.5),
    ("2", "B1 0 ms", "CPU s", ["boto3 as usual", "JavaScript SDK",
                               "boto3 at its best"], 0.15),
    ("2", "B1 0 ms", "CPU s", ["minimal C client"], 3),
    ("3", "B1 20 ms", "job s", ["JavaScript SDK"], 0.95),
    ("3", "B1 20 ms", "job s", ["minimal C client"], 1.1),
    ("4", "B2 spread", "p50 ms", ["boto3 at its best"], 0.7),
    ("4", "B2 spread", "p50 ms", ["minimal C client"], 1.7),
    ("4", "B2 spread", "p99 ms", ["minimal C client"], 2.5),
    ("5", "B2 spread", "Describe/stmt", [], 1),
    ("6", "B2 burst", "p99 ms", ["JavaScript SDK", "boto3 at its best"], 0.35),
    ("6", "B2 burst", "p99 ms", ["minimal C client"], 3.5),
    ("7", "B2 burst", "CPU s", ["JavaScript SDK"], 0.3),
    ("7", "B2 burst", "CPU s", ["minimal C client"], 2.3),
    ("8", "B2 polled", "p50 ms", [], 140),
    ("8", "B2 polled", "Describe/stmt", [], 21),
    ("9", "B3 csv", "job s", ["boto3 at its best", "JavaScript SDK"], 0.95),
    ("9", "B3 csv", "job s", ["psql COPY"], 1.15),
    ("10", "B3 csv", "CPU s", ["boto3 at its best"], 0.75),
    ("11", "B3 json", "job s", ["JavaScript SDK"], 0.15),
    ("11", "B3 json", "job s", ["minimal C client"], 1.25),
    ("13", "B3 csv", "private MB", [], 16),
    ("13", "B3 json", "private MB", [], 16),
    ("14", "B4 to the wire", "idle ms", [], 1.05),
    ("14", "B4 to the wire", "under load ms", [], 1.05),
    ("15", "B4 to the ear", "idle ms", [], 0.5),
    ("15", "B4 to the ear", "under load ms", [], 0.5),
    ("B4", "B4 1 clients", "commits per s", ["plain INSERT"], ">=0.9"),
    ("B4", "B4 8 clients", "commits per s", ["plain INSERT"], ">=0.9"),
    ("B4", "B4 32 clients", "commits per s", ["plain INSERT"], ">=0.9"),
    ("B5", "B5 idle", "wake-ups", [], 0),
    ("B6", "B6 queue", "job s", ["the quota"], 1.1),
    ("B6", "B6 queue", "private MB", [], 16),
]


def version(command):
    try:
        return subprocess.run(command, capture_output=True, text=True,
                              check=True).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "not there"


def print_head():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":")[1].strip() for line in f
                  if line.startswith("model name")]
    import boto3
    print(f"machine: {os.cpu_count()} x {models[0] if models else '?'}, "
          f"{platform.system()} {platform.release()}")
    print(f"versions: {version([BINDIR + '/postgres', '--version'])}; Python "
          f"{platform.python_version()}, boto3 {boto3.__version__}, psycopg2 "
          f"{psycopg2.__version__.split()[0]}; node {version(['node', '-v'])}; "
          f"{version(['curl-config', '--version'])}")
    print("medians; every side met the same minutes; load before: "
          f"{os.getloadavg()[0]:.2f}\n")


def alone(bed):
    """The endpoint must not be the bottleneck: what it does for the minimal
    client when nobody works beside them, and what a request costs it."""
    bed.start_emulator()
    bed.clear()
    before = bed.emulator_cpu()
    took = IDEAL.run(bed, "calls", "json", 16,
                     [(str(i), "select 1") for i in range(10000)])
    spent = (bed.emulator_cpu() - before) / 20000
    print(f"the endpoint alone: {20000 / took.job:,.0f} requests/s at 16 in "
          f"flight, for the minimal client; {spent * 1e6:.0f} us each\n")


def print_table(table, printed):
    """What was measured since the last time."""
    if not printed:
        print(f"{'case':<18} {'measure':<15} {'side':<18} {'median':>10}  "
              "rsdata/side")
    for (case, measure), sides in table.rows.items():
        if (case, measure) in printed:
            continue
        printed.add((case, measure))
        own = table.median(case, measure, "rsdata")
        for side in sides:
            value = table.median(case, measure, side)
            ratio = (f"{own / value:.2f}" if own is not None and value
                     and side != "rsdata" else "")
            print(f"{case:<18} {measure:<15} {side:<18} {value:>10.3f}  "
                  f"{ratio}")


def judge(table, case, measure, sides, wanted):
    """The side, the bound, how it is, whether that is good; None where it
    was not measured."""
    own = table.median(case, measure, "rsdata")
    values = {s: table.median(case, measure, s) for s in sides}
    values = {s: v for s, v in values.items() if v}
    if own is None or (sides and not values):
        return None
    side = min(values, key=values.get) if sides else "itself"
    is_ = own / values[side] if sides else own
    at_least = isinstance(wanted, str)
    bound = float(wanted[2:]) if at_least else wanted
    return (side, f"{'>=' if at_least else '<='}{bound:>6}", is_,
            is_ >= bound if at_least else is_ <= bound)


def print_goals(table):
    print(f"\n{'goal':<5} {'case':<15} {'measure':<14} {'against':<18} "
          f"{'wanted':>8} {'is':>8}")
    for number, case, measure, sides, wanted in GOALS:
        found = judge(table, case, measure, sides, wanted)
        if found:
            side, bound, is_, good = found
            print(f"{number:<5} {case:<15} {measure:<14} {side:<18} "
                  f"{bound} {is_:>8.2f}  {'met' if good else 'missed'}")


def run_cases(bed, names, size):
    """What a case has measured is told when it ends, or breaks off."""
    table = Table()
    printed = set()
    whole = True
    for name in names:
        try:
            CASES[name](bed, table, size)
        except (Exception, SystemExit) as e:  # any: the others may work
            print(f"{name} broke off: {e!r}")
            whole = False
        print_table(table, printed)
    for side, why in table.missing.items():
        print(f"missing: {side}: {why}")
    print_goals(table)
    return whole


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--all-peers", action="store_true",
                        help="also those that take long")
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help="B1 to B6; all unless named")
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    bed = Bed()
    bed.start()
    try:
        print_head()
        alone(bed)
        whole = run_cases(bed, args.cases or CASES, Size(
            args.quick, args.rounds, args.all_peers))
    finally:
        bed.stop()
    sys.exit(0 if whole else 1)


main()
