"""Runs nudge and its peers in turn and prints one table of training steps."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Keeps glibc from giving memory back between steps.
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "268435456"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nudge", required=True, help="the nudge program")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=5, help="timed steps a run")
    parser.add_argument("--repeats", type=int, default=3, help="turns of every program")
    parser.add_argument("--only", default="", help="comma-separated beginnings of row names")
    return parser.parse_args()


def environment_of(limit, tuned):
    environment = dict(os.environ)
    if limit == "avx2":
        environment.update(ONEDNN_MAX_CPU_ISA="AVX2", DNNL_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2")
    if tuned:
        environment.update(TUNED)
    return environment


class Peer:
    """A Python script that prints {"seconds": [...], "peak_rss_mb": ...}."""

    def __init__(self, name, script, qat, tuned):
        self.name, self.script, self.qat, self.tuned = name, script, qat, tuned

    def run(self, options, limit):
        settings = json.dumps({"batch": options.batch, "image_size": options.image_size, "alpha": options.alpha,
                               "threads": options.threads, "steps": options.steps, "qat": self.qat})
        done = subprocess.run([sys.executable, os.path.join(HERE, self.script), settings], text=True,
                              capture_output=True, env=environment_of(limit, self.tuned))
        if done.returncode != 0:
            raise RuntimeError((done.stderr.strip().splitlines() or ["it failed"])[-1])
        result = json.loads(done.stdout.strip().splitlines()[-1])
        return result["seconds"], result["peak_rss_mb"]


class Nudge:
    def __init__(self, name, qat, precision):
        self.name, self.qat, self.precision = name, qat, precision

    def run(self, options, limit):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            command = [options.nudge, "bench", "step", "--model", "MobileNetV2", "--batch", str(options.batch),
                       "--image-size", str(options.image_size), "--alpha", str(options.alpha), "--classes", "5",
                       "--precision", self.precision, "--threads", str(options.threads), "--steps",
                       str(options.steps), "--quiet", "--json", file.name] + (["--qat"] if self.qat else [])
            done = subprocess.run(command, text=True, capture_output=True)
            if done.returncode != 0:
                raise RuntimeError(done.stderr.strip())
            result = json.load(open(file.name))
        return [result["seconds_median"]], result["peak_rss_mb"]


def programs():
    yield Nudge("nudge float", False, "f32")
    yield Nudge("nudge QAT", True, "f32")
    for tuned in (False, True):
        suffix = " tuned" if tuned else ""
        yield Peer("TensorFlow float" + suffix, "tensorflow_step.py", False, tuned)
        yield Peer("TensorFlow + TFMOT QAT" + suffix, "tensorflow_step.py", True, tuned)
        yield Peer("PyTorch float" + suffix, "pytorch_step.py", False, tuned)
        yield Peer("PyTorch QAT (PT2E)" + suffix, "pytorch_step.py", True, tuned)


def main():
    options = parse_arguments()
    limit = os.environ.get("NUDGE_CPU", "native")
    wanted = [name for name in options.only.split(",") if name]
    rows = {p.name: (p, [], []) for p in programs() if not wanted or any(p.name.startswith(w) for w in wanted)}
    for _ in range(options.repeats):
        for name in list(rows):
            program, seconds, memory = rows[name]
            try:
                took, peak = program.run(options, limit)
                seconds.extend(took)
                memory.append(peak)
            except (RuntimeError, OSError, ValueError) as error:
                print(f"bench-peers: {name}: {error}", file=sys.stderr)
                del rows[name]
    print(f"MobileNetV2 {options.image_size}x{options.image_size} alpha {options.alpha}, batch {options.batch}, "
          f"{options.threads} threads, NUDGE_CPU={limit}, median of {options.repeats} turns")
    print(f"{'training step':32} {'seconds':>8} {'images/s':>9} {'peak MB':>8} {'nudge QAT is':>13}")
    reference = statistics.median(rows["nudge QAT"][1]) if "nudge QAT" in rows else None
    for name, (_, seconds, memory) in rows.items():
        median = statistics.median(seconds)
        ratio = f"{median / reference:.2f}x" if reference else ""
        print(f"{name:32} {median:8.3f} {options.batch / median:9.1f} {max(memory):8.0f} {ratio:>13}")


if __name__ == "__main__":
    main()
