"""The points of the scaling benchmark: which network, on how many ranks and workers, split in which
way, and the command that measures one."""

import dataclasses

DATA, MODEL, HYBRID = PARALLELISMS = ("data", "model", "hybrid")
STRONG, WEAK = SCALINGS = ("strong", "weak")
CORES, CLUSTER = "this machine", "cluster"
MEASURED, EMULATED = "measured", "emulated"


@dataclasses.dataclass(frozen=True)
class Task:
    model: str
    # Images a step whatever the number of workers, and images a step of each worker.
    strong: int
    weak: int
    steps: int


TASKS = [
    Task("alexnet", 128, 64, 6),
    Task("vgg-a", 32, 16, 4),
    Task("googlenet", 64, 32, 6),
    Task("lenet", 512, 256, 100),
]


@dataclasses.dataclass(frozen=True)
class Point:
    task: Task
    scaling: str
    place: str
    ranks: int
    workers: int  # of each rank
    parallelism: str
    computing: str

    @property
    def devices(self):
        return self.ranks * self.workers

    @property
    def batch_size(self):
        return self.task.strong if self.scaling == STRONG else self.task.weak * self.devices

    @property
    def mesh(self):
        return f"{self.devices}x1" if self.parallelism == DATA else f"1x{self.devices}"

    def command(self, tandem):
        words = [tandem, "bench", "--model", self.task.model, "--batch-size", self.batch_size]
        words += ["--opt", "sgd", "--steps", self.task.steps, "--warm-up", 2]
        words += ["--workers", self.workers, "--json"]
        if self.parallelism != DATA:
            words += ["--parallelism", self.parallelism, "--mesh", self.mesh]
        return words + (["--emulate-compute"] if self.computing == EMULATED else [])

    def __str__(self):
        return (
            f"{self.task.model}, {self.batch_size} images, {self.place}, {self.ranks} × "
            f"{self.workers}, {self.parallelism}, {self.computing}"
        )


def layouts(devices):
    """Ranks and workers of each, for so many devices: all ranks, all workers, and both at once."""
    return [(ranks, devices // ranks) for ranks in range(1, devices + 1) if devices % ranks == 0]


def on_cores(task, scaling, cpus):
    """What this machine can measure by itself: a core for each worker."""
    counts = [count for count in (1, 2, 4, 8) if count <= cpus]
    return [
        Point(task, scaling, CORES, ranks, workers, parallelism, MEASURED)
        for devices in counts
        for ranks, workers in layouts(devices)
        for parallelism in PARALLELISMS
        if devices > 1 or parallelism == DATA
    ]


def on_hosts(task, scaling, hosts, workers, cpus):
    """All workers of the cluster; measured only where each has a core, and emulated there too, to
    see how far the two agree."""
    kinds = [MEASURED, EMULATED] if hosts * workers <= cpus else [EMULATED]
    return [
        Point(task, scaling, CLUSTER, hosts, workers, parallelism, kind)
        for parallelism in PARALLELISMS
        for kind in kinds
    ]
