"""Sums the parts of `nudge bench step --json` over MobileNetV2's kinds of layers; prints a Markdown table."""
import collections
import json
import re
import sys

PARTS = [("Conv1$", "first convolution"), ("expand", "expansions"), ("depthwise", "depthwise"),
         ("project", "projections"), ("Conv_1$", "last convolution"), ("add", "additions"), ("", "all else")]


def part_of(name):
    first = name.split(" + ")[0]
    return next(part for pattern, part in PARTS if re.search(pattern, first))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    sums = collections.defaultdict(lambda: [0.0] * 5)
    for step in result["steps"]:
        seconds = step["forward_seconds"] + step["backward_seconds"]
        figures = [step["forward_seconds"], step["backward_seconds"], step["flops"], step["bytes"],
                   step["of_floor"] * seconds]
        for key in (part_of(step["name"]), "all of these"):
            sums[key] = [a + b for a, b in zip(sums[key], figures)]
    print("| part | forward ms | backward ms | GFLOP/s | GB/s | of floor |\n|---|---|---|---|---|---|")
    for part in [name for _, name in PARTS] + ["all of these"]:
        forward, backward, flops, moved, floor = sums[part]
        seconds = forward + backward or 1.0
        print(f"| {part} | {forward * 1e3:.1f} | {backward * 1e3:.1f} | {flops / seconds / 1e9:.0f} | "
              f"{moved / seconds / 1e9:.1f} | {100 * floor / seconds:.0f}% |")
    print("\nPeaks:", json.dumps(result["peaks"]))


main()
