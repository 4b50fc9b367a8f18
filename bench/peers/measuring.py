"""Runs programs in turn, repeat by repeat, so that whatever else the machine does slows all alike."""
import statistics
import sys

from programs import CannotRun


class Measurement:
    """All runs of one program in one configuration."""

    def __init__(self, program, configuration):
        self.program, self.configuration = program, configuration
        self.seconds, self.megabytes = [], []

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def images_per_second(self):
        return self.configuration.batch / self.median

    @property
    def peak_megabytes(self):
        return max(self.megabytes)

    def to_json(self):
        return {"program": self.program.name, **vars(self.configuration), "seconds": self.seconds,
                "seconds_median": self.median, "images_per_second": self.images_per_second,
                "peak_rss_mb": self.peak_megabytes}


def measure(jobs, steps, repeats):
    """Measurements of (program, configuration) pairs by name and configuration.  What cannot run is left out,
    with a line on standard error."""
    measurements = {(program.name, configuration): Measurement(program, configuration)
                    for program, configuration in jobs}
    for repeat in range(repeats):
        for key, measurement in list(measurements.items()):
            name, configuration = key
            print(f"bench-peers: turn {repeat + 1} of {repeats}: {name}, {configuration}", file=sys.stderr)
            try:
                run = measurement.program.run(configuration, steps)
            except CannotRun as error:
                print(f"bench-peers: left out: {name}, {configuration}: {error}", file=sys.stderr)
                del measurements[key]
                continue
            measurement.seconds.extend(run.seconds)
            measurement.megabytes.append(run.megabytes)
    return measurements
