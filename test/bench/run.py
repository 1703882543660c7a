"""The bench: runs the cases and prints one table of medians with ratios.
Started by test/bench/bench; see there."""
import argparse
import os
import platform
import subprocess

import psycopg2

from bed import BINDIR, Bed
from cases import CASES, Table


class Size:
    """How much of everything."""

    def __init__(self, quick, count):
        self.rounds = count or (1 if quick else 3)
        self.jobs = 50 if quick else 1000
        self.running = 20 if quick else 200
        self.rows = 20000 if quick else 1000000
        self.seconds = 1 if quick else 5
        self.samples = 5 if quick else 50
        self.idle = 3 if quick else 60
        self.queued = 60 if quick else 10000
        self.all_peers = False


# Case, measure, of rsdata; the side it is compared with; at most (or, with
# ">=", at least) this ratio; the number of the goal in doc/performance.md.
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
    ("6", "B2 burst", "p99 ms", ["JavaScript SDK", "boto3 at its best"], 0.35),
    ("6", "B2 burst", "p99 ms", ["minimal C client"], 3.5),
    ("7", "B2 burst", "CPU s", ["JavaScript SDK"], 0.3),
    ("7", "B2 burst", "CPU s", ["minimal C client"], 2.3),
    ("9", "B3 csv", "job s", ["boto3 at its best", "JavaScript SDK"], 0.95),
    ("9", "B3 csv", "job s", ["psql COPY"], 1.15),
    ("10", "B3 csv", "CPU s", ["boto3 at its best"], 0.75),
    ("11", "B3 json", "job s", ["JavaScript SDK"], 0.15),
    ("11", "B3 json", "job s", ["minimal C client"], 1.25),
    ("B4", "B4 1 clients", "commits per s", ["plain INSERT"], ">=0.9"),
    ("B4", "B4 8 clients", "commits per s", ["plain INSERT"], ">=0.9"),
    ("B4", "B4 32 clients", "commits per s", ["plain INSERT"], ">=0.9"),
    ("B6", "B6 queue", "job s", ["the quota"], 1.1),
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


def alone(bed, table):
    """The endpoint must not be the bottleneck: what it does for the minimal
    client, alone."""
    from sides import IDEAL
    bed.start_emulator()
    bed.clear()
    took = IDEAL.run(bed, "jobs", "json", 16,
                     [(str(i), "select 1") for i in range(2000)])
    print(f"the endpoint alone: {4000 / took.job:,.0f} requests/s at 16 in "
          "flight, for the minimal client\n")


def print_table(table):
    print(f"{'case':<18} {'measure':<14} {'side':<18} {'median':>10}  "
          "rsdata/side")
    for (case, measure), sides in table.rows.items():
        own = table.median(case, measure, "rsdata")
        for side in sides:
            value = table.median(case, measure, side)
            ratio = (f"{own / value:.2f}" if own is not None and value
                     and side != "rsdata" else "")
            print(f"{case:<18} {measure:<14} {side:<18} {value:>10.3f}  "
                  f"{ratio}")
    for side, why in table.missing.items():
        print(f"missing: {side}: {why}")


def print_goals(table):
    print(f"\n{'goal':<5} {'case':<14} {'measure':<14} {'against':<18} "
          f"{'wanted':>8} {'is':>7}")
    for number, case, measure, sides, wanted in GOALS:
        values = {s: table.median(case, measure, s) for s in sides}
        values = {s: v for s, v in values.items() if v}
        own = table.median(case, measure, "rsdata")
        if own is None or not values:
            continue
        side = min(values, key=values.get)
        ratio = own / values[side]
        at_least = isinstance(wanted, str)
        bound = float(wanted[2:]) if at_least else wanted
        good = ratio >= bound if at_least else ratio <= bound
        print(f"{number:<5} {case:<14} {measure:<14} {side:<18} "
              f"{'>=' if at_least else '<='}{bound:>6} {ratio:>7.2f}  "
              f"{'met' if good else 'missed'}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help="B1 to B6; all unless named")
    args = parser.parse_args()
    bed = Bed()
    table = Table()
    bed.start(**{"rsdata.worker_linger": "'2s'"})
    try:
        print_head()
        alone(bed, table)
        for name in args.cases or CASES:
            CASES[name](bed, table, Size(args.quick, args.rounds))
    finally:
        bed.stop()
    print_table(table)
    print_goals(table)


main()
