"""Trains with nudge and its peers in turn and prints tables of steps and the ratios that must hold."""
import argparse
import itertools
import json

import programs
from configurations import FAMILIES, HEADLINE, NETWORKS, SCALING, matrix
from measuring import measure
from ratios import promises, promises_table
from table import families_table, headline_table, matrix_table


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench-peers", description=__doc__)
    parser.add_argument("--nudge", required=True, help="the nudge program")
    parser.add_argument("--headline", action="store_true", help="no matrix of other configurations")
    parser.add_argument("--families", action="store_true", help="the table of the families alone")
    parser.add_argument("--only", default="", metavar="NAME,...", help="rows whose names begin so")
    parser.add_argument("--networks", default="", metavar="NAME,...",
                        help="of the matrix and the families, those whose names begin so: "
                             + ", ".join(n.network() for n in NETWORKS + FAMILIES))
    parser.add_argument("--steps", type=int, default=5, help="timed steps a turn (5; in the matrix 3 at most)")
    parser.add_argument("--repeats", type=int, default=3, help="turns of every program (3; in the matrix 1)")
    parser.add_argument("--json", metavar="FILE", help="all measurements")
    return parser.parse_args()


def begins_with_one_of(name, beginnings):
    wanted = [beginning for beginning in beginnings.split(",") if beginning]
    return not wanted or any(name.startswith(beginning) for beginning in wanted)


def measure_headline(options):
    """The table's rows, and nudge's QAT at other batches and threads for the ratios."""
    nudge = programs.nudge_programs(options.nudge)
    rows = [*nudge, *programs.peer_programs(False), *programs.peer_programs(True)]
    jobs = [(program, HEADLINE) for program in rows]
    jobs += itertools.product([program for program in nudge if program.qat], SCALING)
    return measure([job for job in jobs if begins_with_one_of(job[0].name, options.only)], options.steps,
                   options.repeats)


def measure_matrix(options):
    rows = [*programs.nudge_programs(options.nudge), *programs.peer_programs(True, with_fx=False)]
    measurements = {}
    for configuration in matrix():
        if begins_with_one_of(configuration.network(), options.networks):
            jobs = [(program, configuration) for program in rows if begins_with_one_of(program.name, options.only)]
            measurements.update(measure(jobs, min(options.steps, 3), 1))
    return measurements


def measure_families(options):
    rows = [*programs.nudge_programs(options.nudge), *programs.peer_programs(True, with_fx=False)]
    measurements = {}
    for configuration in FAMILIES:
        if begins_with_one_of(configuration.network(), options.networks):
            jobs = [(program, configuration) for program in rows if begins_with_one_of(program.name, options.only)]
            measurements.update(measure(jobs, options.steps, options.repeats))
    return measurements


def main():
    options = parse_arguments()
    if options.families:
        measured = measure_families(options)
        print(f"NUDGE_CPU={programs.LIMIT}, peers tuned, least of {options.repeats} x {options.steps} steps\n")
        print(families_table(measured))
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump({"limit": programs.LIMIT, "families": [m.to_json() for m in measured.values()]}, file, indent=1)
        return
    headline = measure_headline(options)
    print(f"{HEADLINE}, NUDGE_CPU={programs.LIMIT}, medians of {options.repeats} x {options.steps} steps\n")
    print(headline_table(headline), flush=True)
    others = {} if options.headline else measure_matrix(options)
    if others:
        print(f"\nOther configurations (peers tuned)\n\n{matrix_table(others)}")
    kept = promises(headline)
    if kept:
        print(f"\n{promises_table(kept)}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"limit": programs.LIMIT, "headline": [m.to_json() for m in headline.values()],
                       "matrix": [m.to_json() for m in others.values()], "must_hold": [p.to_json() for p in kept]},
                      file, indent=1)


if __name__ == "__main__":
    main()
