"""What the project promises of its step, as ratios of medians within one run."""
from dataclasses import dataclass

from configurations import BATCH_1, BATCH_64, HEADLINE, ONE_THREAD
from programs import (LIMIT, NUDGE_FLOAT, NUDGE_FLOAT_BF16, NUDGE_QAT, NUDGE_QAT_BF16, TF_FLOAT, TF_QAT,
                      TORCH_FLOAT, TORCH_PT2E, tuned)
from table import render


@dataclass(frozen=True)
class Promise:
    what: str
    value: float
    bar: float
    at_least: bool
    unit: str = "x"

    @property
    def holds(self):
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def to_json(self):
        return {"what": self.what, "value": self.value, "bar": self.bar, "at_least": self.at_least,
                "holds": self.holds}


def processor_has_bf16():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return LIMIT == "native" and " avx512_bf16" in file.read()
    except OSError:
        return False


def against_peers():
    """(what is promised of nudge's program, a peer's, how many times its images a second)."""
    if LIMIT == "avx2":
        return [(NUDGE_QAT, tuned(TF_QAT), 1.4)]
    promised = [(NUDGE_QAT, tuned(TF_QAT), 1.8), (NUDGE_QAT, tuned(TORCH_PT2E), 2.5),
                (NUDGE_FLOAT, tuned(TF_FLOAT), 1.3), (NUDGE_FLOAT, tuned(TORCH_FLOAT), 1.3)]
    if processor_has_bf16():
        promised += [(NUDGE_QAT_BF16, tuned(TF_QAT), 3.0), (NUDGE_QAT_BF16, tuned(TORCH_PT2E), 4.5)]
    return promised


def promises(measurements):
    """Those that the measurements allow to be computed."""
    def median(name, configuration=HEADLINE):
        return measurements[name, configuration].median if (name, configuration) in measurements else None

    result = []

    def promise(what, parts, value, bar, at_least, unit="x"):
        if all(part is not None for part in parts):
            result.append(Promise(what, value(*parts), bar, at_least, unit))

    for own, peer, bar in against_peers():
        promise(f"{own}: images/s over {peer}", [median(own), median(peer)], lambda a, b: b / a, bar, True)
    bar = 1.15 if LIMIT == "avx2" else 1.0
    for qat, own_float in ((NUDGE_QAT, NUDGE_FLOAT), (NUDGE_QAT_BF16, NUDGE_FLOAT_BF16)):
        promise(f"{qat}: time over {own_float}", [median(qat), median(own_float)], lambda a, b: a / b, bar, False)
    for name, gigabytes in ((NUDGE_QAT, 1.1), (NUDGE_QAT_BF16, 0.8)):
        measurement = measurements.get((name, HEADLINE))
        promise(f"{name}: peak memory", [measurement], lambda m: m.peak_megabytes / 1000, gigabytes, False, " GB")
    for name in (NUDGE_QAT, NUDGE_QAT_BF16):
        largest = median(name, BATCH_64)
        promise(f"{name}: batch 64 over 64 times batch 1", [largest, median(name, BATCH_1)],
                lambda a, b: a / (64 * b), 1.0, False)
        promise(f"{name}: batch 64 over 4 times batch 16", [largest, median(name)], lambda a, b: a / (4 * b), 1.0,
                False)
        promise(f"{name}: 1 thread over 2 threads", [median(name, ONE_THREAD), median(name)], lambda a, b: a / b,
                1.7, True)
    return result


def promises_table(kept):
    rows = [[p.what, f"{p.value:.2f}{p.unit}", f"{'>=' if p.at_least else '<='} {p.bar:g}{p.unit}",
             "holds" if p.holds else "MISSED"] for p in kept]
    return render(["must hold", "measured", "bar", ""], rows)
