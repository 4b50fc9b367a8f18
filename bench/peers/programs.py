"""The programs that take turns: nudge, and scripts that train with TensorFlow or PyTorch."""
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = os.environ.get("NUDGE_CPU", "native")
LONGEST_RUN = 1200

# Keeps glibc from giving memory back between steps.
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592",
         "MALLOC_TOP_PAD_": "268435456"}
# What NUDGE_CPU=avx2 does to nudge, for oneDNN within TensorFlow and PyTorch and for PyTorch's own kernels.
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
AVX512 = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "DNNL_MAX_CPU_ISA": "AVX512_CORE", "ATEN_CPU_CAPABILITY": "avx512"}
VNNI = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16", "DNNL_MAX_CPU_ISA": "AVX512_CORE_BF16"}


class CannotRun(Exception):
    """Says in one line why a program gave no measurement."""


@dataclass(frozen=True)
class Run:
    """What one process measured: the seconds of each step, and its peak memory in MB."""
    seconds: list
    megabytes: float


def run_process(command, environment=None):
    try:
        done = subprocess.run(command, text=True, capture_output=True, env=environment, timeout=LONGEST_RUN)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(str(error)) from error
    if done.returncode != 0:
        raise CannotRun((done.stderr.strip().splitlines() or ["it failed without a word"])[-1])
    return done.stdout


def last_json_line(text):
    try:
        return json.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise CannotRun("it printed no result") from error


@dataclass(frozen=True)
class Nudge:
    name: str
    qat: bool
    precision: str
    program: str

    def run(self, configuration, steps):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            command = [self.program, "bench", "step", "--model", configuration.model,
                       "--batch", str(configuration.batch), "--image-size", str(configuration.image_size),
                       "--alpha", str(configuration.alpha), "--classes", "5", "--precision", self.precision,
                       "--threads", str(configuration.threads), "--steps", str(steps),
                       "--quiet", "--json", file.name]
            run_process(command + (["--qat"] if self.qat else []))
            with open(file.name, encoding="utf-8") as text:
                result = json.load(text)
        return Run(result["seconds"], result["peak_rss_mb"])


@dataclass(frozen=True)
class Peer:
    """A script that prints {"seconds": [...], "peak_rss_mb": ...}."""
    name: str
    script: str
    mode: str
    tuned: bool

    def run(self, configuration, steps):
        settings = json.dumps({**asdict(configuration), "steps": steps, "mode": self.mode})
        environment = {**os.environ, "OMP_NUM_THREADS": str(configuration.threads),
                       **{"avx2": AVX2, "avx512": AVX512, "vnni": VNNI}.get(LIMIT, {}), **(TUNED if self.tuned else {})}
        script = os.path.join(HERE, self.script)
        result = last_json_line(run_process([sys.executable, script, settings], environment))
        return Run(result["seconds"], result["peak_rss_mb"])


NUDGE_FLOAT, NUDGE_QAT = "nudge float", "nudge QAT"
NUDGE_FLOAT_BF16, NUDGE_QAT_BF16 = "nudge float bf16", "nudge QAT bf16"
TF_FLOAT, TF_QAT = "TensorFlow float", "TensorFlow + TFMOT QAT"
TORCH_FLOAT, TORCH_FX, TORCH_PT2E = "PyTorch float", "PyTorch QAT (FX)", "PyTorch QAT (PT2E)"
TORCH_BF16 = "PyTorch float bf16 compiled"


def tuned(name):
    return name + " tuned"


def nudge_programs(program):
    return [Nudge(NUDGE_FLOAT, False, "f32", program), Nudge(NUDGE_QAT, True, "f32", program),
            Nudge(NUDGE_FLOAT_BF16, False, "bf16", program), Nudge(NUDGE_QAT_BF16, True, "bf16", program)]


def peer_programs(with_malloc_tuned, with_fx=True):
    suffix = tuned if with_malloc_tuned else str
    yield Peer(suffix(TF_FLOAT), "tensorflow_step.py", "float", with_malloc_tuned)
    yield Peer(suffix(TF_QAT), "tensorflow_step.py", "qat", with_malloc_tuned)
    yield Peer(suffix(TORCH_FLOAT), "pytorch_step.py", "float", with_malloc_tuned)
    if with_fx:
        yield Peer(suffix(TORCH_FX), "pytorch_step.py", "fx", with_malloc_tuned)
    yield Peer(suffix(TORCH_PT2E), "pytorch_step.py", "pt2e", with_malloc_tuned)
    yield Peer(suffix(TORCH_BF16), "pytorch_step.py", "bf16", with_malloc_tuned)
