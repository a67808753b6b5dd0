"""The programs that are compared, each in every setting in which it could be best."""

import dataclasses
import sys

import measuring


@dataclasses.dataclass(frozen=True)
class Task:
    model: str
    batch_size: int
    optimizer: str
    steps: int
    warm_up: int

    def __str__(self):
        return f"{self.model} ({self.batch_size}, {self.optimizer})"


# The large ones take seconds a step.
TASKS = [
    Task("alexnet", 128, "sgd", 8, 2),
    Task("vgg-d", 16, "sgd", 5, 1),
    Task("googlenet", 32, "sgd", 12, 2),
    Task("resnet-50", 32, "sgd", 8, 2),
    Task("lenet", 128, "sgd", 300, 20),
    Task("simple-convnet", 100, "adam", 200, 20),
    Task("mlp", 100, "adam", 600, 20),
    Task("mnist-cnn", 64, "adadelta", 60, 20),
    Task("cifar-quick", 100, "adadelta", 100, 20),
]

# Without these PyTorch gives its large buffers back to the system and faults them in again at every
# step, and loses up to half of its speed.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}

TANDEM = "tandem"
RANKS = "tandem-ranks"
EAGER = "pytorch"
COMPILED = "torch.compile"
DDP = "ddp"
TENSORFLOW = "tensorflow"
KINDS = (TANDEM, RANKS, EAGER, COMPILED, DDP, TENSORFLOW)
PEERS = (EAGER, COMPILED, DDP, TENSORFLOW)

FUSED_OPTIMIZERS = ("sgd", "adam")  # the ones whose fused kernel exists on CPUs
WITHOUT_CONVOLUTIONS = ("mlp",)
IN_TENSORFLOW = ("alexnet", "vgg-d", "googlenet", "resnet-50", "lenet", "simple-convnet")


@dataclasses.dataclass
class Candidate:
    kind: str
    setting: str
    command: list
    environment: dict
    # Images per second, one for each round that it took part in.
    samples: measuring.Samples = dataclasses.field(default_factory=measuring.Samples)

    def measure(self):
        figures = measuring.measure(self.command, self.environment)
        self.samples.values.append(figures["imagesPerSecond"])
        return figures


def all_of(task, kinds, threads, tandem, tensorflow):
    """The candidates for a task, `threads` of each program."""
    words = ["--model", task.model, "--batch-size", task.batch_size, "--opt", task.optimizer]
    words += ["--steps", task.steps, "--warm-up", task.warm_up]
    made = {
        TANDEM: lambda: tandem_candidates(words, threads, tandem),
        RANKS: lambda: rank_candidates(words, threads, tandem),
        EAGER: lambda: eager_candidates(task, words, threads),
        COMPILED: lambda: compiled_candidates(task, words, threads),
        DDP: lambda: ddp_candidates(task, words, threads),
        TENSORFLOW: lambda: tensorflow_candidates(task, words, threads, tensorflow),
    }
    return [candidate for kind in KINDS if kind in kinds for candidate in made[kind]()]


def tandem_candidates(words, threads, tandem):
    command = [tandem, "bench", *words, "--workers", threads, "--json"]
    return [Candidate(TANDEM, f"1 rank × {threads} workers", command, {})]


def rank_candidates(words, threads, tandem):
    command = [tandem, "bench", *words, "--workers", 1, "--json"]
    setting = f"{threads} ranks × 1 worker"
    return [Candidate(RANKS, setting, measuring.under_mpirun(threads, 1, command), {})]


def formats(task):
    """Orders of images in memory that PyTorch has, and their options."""
    if task.model in WITHOUT_CONVOLUTIONS:
        return {"default": []}
    return {"default": [], "channels last": ["--channels-last"]}


def pytorch(kind, setting, words, threads, options):
    command = [sys.executable, measuring.FOLDER / "pytorch_step.py", *words]
    command += ["--threads", threads, *options]
    return Candidate(kind, setting, command, {"OMP_NUM_THREADS": str(threads), **MALLOC})


def eager_candidates(task, words, threads):
    settings = dict(formats(task))
    if task.optimizer in FUSED_OPTIMIZERS:
        for name, options in formats(task).items():
            settings[f"{name}, fused optimizer"] = [*options, "--fused"]
    return [pytorch(EAGER, name, words, threads, options) for name, options in settings.items()]


def compiled_candidates(task, words, threads):
    return [
        pytorch(COMPILED, name, words, threads, [*options, "--compile"])
        for name, options in formats(task).items()
    ]


def ddp_candidates(task, words, processes):
    views = ["--pin", "--bucket-view", "--static-graph"]
    settings = {"default": [], "pinned, gradient_as_bucket_view, static_graph": views}
    if task.model not in WITHOUT_CONVOLUTIONS:
        settings["pinned, gradient_as_bucket_view, static_graph, channels last"] = [
            *views,
            "--channels-last",
        ]
    if task.optimizer in FUSED_OPTIMIZERS:
        settings["pinned, gradient_as_bucket_view, static_graph, fused optimizer"] = [
            *views,
            "--fused",
        ]
    command = [sys.executable, measuring.FOLDER / "ddp_step.py", "--processes", processes, *words]
    environment = {"OMP_NUM_THREADS": "1", **MALLOC}
    return [
        Candidate(DDP, name, [*command, *options], environment)
        for name, options in settings.items()
    ]


def tensorflow_candidates(task, words, threads, python):
    if task.model not in IN_TENSORFLOW or not python:
        return []
    command = [python, measuring.FOLDER / "tensorflow_step.py", *words, "--threads", threads]
    return [
        Candidate(TENSORFLOW, "tf.function", command, {}),
        Candidate(TENSORFLOW, "tf.function, XLA", [*command, "--xla"], {}),
    ]
