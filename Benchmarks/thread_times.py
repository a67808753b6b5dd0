"""Processor time of a training's threads, by what they are for, as Linux counts it."""

import pathlib

# Those that compute, by the beginning of their names; the first thread of a process does, too.
COMPUTING = ("tandem.worker", "tandem.loader", "tandem.mpi", "tandem.start", "tandem.begin")
DRAWING = "tandem.live"


def read(process, proc="/proc"):
    """The name of each thread of a process, and the seconds that it has computed so far, by its
    number."""
    times = {}
    for task in pathlib.Path(proc, str(process), "task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            nanoseconds = int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        times[int(task.name)] = (name, nanoseconds / 1e9)
    return times


class Split:
    """Seconds that threads have computed between two looks: of a training, and of its page."""

    def __init__(self, process, before, after):
        self.computing = self.drawing = self.serving = 0.0
        for number, (name, seconds) in after.items():
            since = seconds - before.get(number, (name, 0.0))[1]
            if number == process or name.startswith(COMPUTING):
                self.computing += since
            elif name == DRAWING:
                self.drawing += since
            else:
                self.serving += since

    def share(self, publishing):
        """What the page took, as a part of what the training took for itself.

        publishing: the seconds of the training's own threads that were spent on the page
        """
        return (self.drawing + self.serving + publishing) / (self.computing - publishing)
