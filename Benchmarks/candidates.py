"""The programs that are compared, each in every setting in which it could be best."""

import dataclasses

import measuring

FP32, BF16 = PRECISIONS = ("fp32", "bf16")


@dataclasses.dataclass(frozen=True)
class Task:
    model: str
    batch_size: int
    optimizer: str
    steps: int
    warm_up: int
    precision: str = FP32

    def __str__(self):
        precision = [] if self.precision == FP32 else [self.precision]
        return f"{self.model} ({', '.join([str(self.batch_size), self.optimizer, *precision])})"


# The large ones take seconds a step. lenet and simple-convnet run for about a second: TensorFlow's
# rate in shorter runs varied by half from round to round.
TASKS = [
    Task("alexnet", 128, "sgd", 8, 2),
    Task("vgg-d", 16, "sgd", 5, 1),
    Task("googlenet", 32, "sgd", 12, 2),
    Task("resnet-50", 32, "sgd", 8, 2),
    Task("lenet", 128, "sgd", 1500, 100),
    Task("simple-convnet", 100, "adam", 1000, 100),
    Task("mlp", 100, "adam", 600, 20),
    Task("cifar-resnet-9", 128, "sgd", 8, 2),
    Task("cifar-resnet-20", 128, "sgd", 40, 5),
    Task("mnist-cnn", 64, "adadelta", 60, 20),
    Task("cifar-quick", 100, "adadelta", 100, 20),
    Task("alexnet", 128, "sgd", 8, 2, BF16),
    Task("vgg-d", 16, "sgd", 5, 1, BF16),
    Task("googlenet", 32, "sgd", 12, 2, BF16),
    Task("resnet-50", 32, "sgd", 8, 2, BF16),
]

# Without these PyTorch gives its large buffers back to the system and faults them in again at every
# step, and loses up to half of its speed.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}

# By name of a set of instructions, what keeps oneDNN, PyTorch's own loops and MKL from wider ones.
# Tandem's kernels keep to what oneDNN is allowed, but for loops that wait for memory.
INSTRUCTIONS = {
    "avx2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    }
}

TANDEM = "tandem"
# Beside Tandem in bfloat16, to see what that brings.
TANDEM_FP32 = "tandem fp32"
RANKS = "tandem-ranks"
EAGER = "pytorch"
COMPILED = "torch.compile"
DDP = "ddp"
TENSORFLOW = "tensorflow"
KINDS = (TANDEM, RANKS, EAGER, COMPILED, DDP, TENSORFLOW)
OF_PYTORCH = (EAGER, COMPILED, DDP)
PEERS = (*OF_PYTORCH, TENSORFLOW)

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


def all_of(task, kinds, threads, tandem, pythons):
    """The candidates for a task, `threads` of each program.

    Args:
        pythons: by program, the interpreter that runs it; empty where it could not be installed.
    """
    words = ["--model", task.model, "--batch-size", task.batch_size, "--opt", task.optimizer]
    words += ["--steps", task.steps, "--warm-up", task.warm_up]
    if task.precision != FP32:
        return bfloat_candidates(task, kinds, words, threads, tandem, pythons)
    made = {
        TANDEM: lambda: tandem_candidates(TANDEM, words, threads, tandem),
        RANKS: lambda: rank_candidates(words, threads, tandem),
        EAGER: lambda: eager_candidates(task, words, threads, pythons[EAGER]),
        COMPILED: lambda: compiled_candidates(task, words, threads, pythons[COMPILED]),
        DDP: lambda: ddp_candidates(task, words, threads, pythons[DDP]),
        TENSORFLOW: lambda: tensorflow_candidates(task, words, threads, pythons[TENSORFLOW]),
    }
    return [candidate for kind in KINDS if kind in kinds for candidate in made[kind]()]


def bfloat_candidates(task, kinds, words, threads, tandem, pythons):
    """Of the programs that have a setting for it."""
    exact, words = words, [*words, "--precision", task.precision]
    made = {
        TANDEM: lambda: [
            *tandem_candidates(TANDEM, words, threads, tandem),
            *tandem_candidates(TANDEM_FP32, exact, threads, tandem),
        ],
        RANKS: lambda: rank_candidates(words, threads, tandem),
        EAGER: lambda: eager_candidates(task, words, threads, pythons[EAGER]),
        COMPILED: lambda: compiled_candidates(task, words, threads, pythons[COMPILED]),
    }
    return [candidate for kind in made if kind in kinds for candidate in made[kind]()]


def tandem_candidates(kind, words, threads, tandem):
    command = [tandem, "bench", *words, "--workers", threads, "--json"]
    return [Candidate(kind, f"1 rank × {threads} workers", command, {})]


def rank_candidates(words, threads, tandem):
    command = [tandem, "bench", *words, "--workers", 1, "--json"]
    setting = f"{threads} ranks × 1 worker"
    return [Candidate(RANKS, setting, measuring.under_mpirun(threads, 1, command), {})]


def others(task, commands, threads):
    """Other builds of Tandem, by name."""
    words = ["--model", task.model, "--batch-size", task.batch_size, "--opt", task.optimizer]
    words += ["--steps", task.steps, "--warm-up", task.warm_up, "--precision", task.precision]
    words += ["--workers", threads, "--json"]
    return [
        Candidate(name, f"1 rank × {threads} workers", [*command, "bench", *words], {})
        for name, command in commands.items()
    ]


def formats(task):
    """Orders of images in memory that PyTorch has, and their options."""
    if task.model in WITHOUT_CONVOLUTIONS:
        return {"default": []}
    return {"default": [], "channels last": ["--channels-last"]}


def pytorch(kind, setting, words, threads, python, options):
    command = [python, measuring.FOLDER / "pytorch_step.py", *words]
    command += ["--threads", threads, *options]
    return Candidate(kind, setting, command, {"OMP_NUM_THREADS": str(threads), **MALLOC})


def eager_candidates(task, words, threads, python):
    settings = dict(formats(task))
    if task.optimizer in FUSED_OPTIMIZERS:
        for name, options in formats(task).items():
            settings[f"{name}, fused optimizer"] = [*options, "--fused"]
    return [
        pytorch(EAGER, name, words, threads, python, options) for name, options in settings.items()
    ]


def compiled_candidates(task, words, threads, python):
    return [
        pytorch(COMPILED, name, words, threads, python, [*options, "--compile"])
        for name, options in formats(task).items()
    ]


def ddp_candidates(task, words, processes, python):
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
    command = [python, measuring.FOLDER / "ddp_step.py", "--processes", processes, *words]
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
