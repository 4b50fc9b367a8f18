"""What every peer's script ends with."""
import json
import resource
import time


def print_timings(step, steps, warm_up=3):
    """Calls `step` and prints the seconds of each call after the first ones, and the process's peak memory."""
    for _ in range(warm_up):
        step()
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_rss_mb": megabytes}))
