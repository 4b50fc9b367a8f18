"""Tables of text."""
from configurations import HEADLINE
from programs import NUDGE_QAT


def render(header, rows):
    """Columns as wide as their widest cell; all but the first flush right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells):
        first, *others = zip(cells, widths)
        return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def headline_table(measurements):
    own = measurements.get((NUDGE_QAT, HEADLINE))
    rows = []
    for (name, configuration), measurement in measurements.items():
        if configuration != HEADLINE:
            continue
        ratio = f"{measurement.median / own.median:.2f}" if own else ""
        rows.append([name, f"{measurement.median:.3f}", f"{measurement.images_per_second:.1f}",
                     f"{measurement.peak_megabytes:.0f}", ratio])
    return render(["training step", "seconds", "images/s", "peak MB", "x of nudge QAT's time"], rows)


def matrix_table(measurements):
    """Images a second: a row a configuration, a column a program."""
    names = list(dict.fromkeys(name for name, _ in measurements))
    rows = []
    for configuration in dict.fromkeys(configuration for _, configuration in measurements):
        cells = [measurements.get((name, configuration)) for name in names]
        rows.append([str(configuration), *(f"{cell.images_per_second:.1f}" if cell else "-" for cell in cells)])
    return render(["images/s", *names], rows)


def families_table(measurements):
    """Least seconds a step: a row a configuration, a column a program.  Of many steps on a shared machine the least is
    what the program takes; medians tell who else was there."""
    names = list(dict.fromkeys(name for name, _ in measurements))
    rows = []
    for configuration in dict.fromkeys(configuration for _, configuration in measurements):
        cells = [measurements.get((name, configuration)) for name in names]
        rows.append([configuration.network(), *(f"{min(cell.seconds):.3f}" if cell else "-" for cell in cells)])
    return render(["seconds", *names], rows)
