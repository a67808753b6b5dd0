"""The experiments of docs/experiments.md: which networks are compared, on which data, for how long,
and what is told of them."""

import dataclasses

# The folders of the data sets.
CIFAR, FASHION = "cifar-10-batches-bin", "fashion-mnist"
# What Benchmarks/centred-pixels writes to the output folder.
CENTRED, GAUSSIAN = "cifar-10-centred", "gaussian.safetensors"
# How often and how long the timed networks are measured.
ROUNDS, STEPS = 5, 40


@dataclasses.dataclass(frozen=True)
class Run:
    """One training, without its seed."""

    name: str
    model: str
    data: str
    options: str

    def arguments(self, seed):
        return ["--model", self.model, *self.options.split(), "--seed", str(seed)]

    def command(self):
        return f"tandem train --model {self.model} --data {self.data} {self.options}"


@dataclasses.dataclass(frozen=True)
class Experiment:
    """Networks that are trained, counted or timed for one comparison."""

    name: str
    title: str
    runs: tuple
    # What is told of the epochs: "last", "epochs" (a column a run) or "levels" (when reached).
    tells: str = "last"
    seeds: int = 1
    # Networks that are only counted, not trained.
    counted: tuple = ()
    # Options of `tandem summary` and `tandem bench` that make the networks those of the runs.
    shape: str = ""
    # Whether their steps are timed too, in turns.
    timed: bool = False

    @property
    def models(self):
        """The networks, each of which is counted and perhaps timed once."""
        return self.counted or tuple(dict.fromkeys(run.model for run in self.runs))

    @property
    def bench_options(self):
        """The options of `tandem bench` that time a step."""
        options = f"--batch-size 128 --opt adam --steps {STEPS} --warm-up 5 {self.shape}"
        return options.strip()

    @property
    def seed_words(self):
        return "seed 0" if self.seeds == 1 else f"seeds 0 to {self.seeds - 1}"


def runs(data, models, options):
    return tuple(Run(model, model, data, options) for model in models)


# Mini-batches of 128 make 157 steps of an epoch of 20,000 images.
PAPER = "--batch-size 128 --opt sgd --momentum 0.9"

EXPERIMENTS = (
    Experiment(
        "connected",
        "Fully connected against convolutional, Fashion-MNIST",
        runs(
            FASHION,
            ("mlp", "lenet", "simple-convnet"),
            "--opt adam --lr 1e-3 --batch-size 100 --epochs 5",
        ),
        seeds=3,
    ),
    Experiment(
        "stacks",
        "Two 3×3 against one 5×5, three 3×3 against one 7×7, CIFAR-10",
        runs(
            CIFAR,
            ("stack-3x3x2", "stack-5x5", "stack-3x3x3", "stack-7x7"),
            "--opt adam --lr 1e-3 --batch-size 128 --lr-scheduler cosine --epochs 10",
        ),
        seeds=2,
    ),
    Experiment(
        "reduction",
        "5×5 on 480 maps, directly and after 1×1",
        (),
        counted=("reduction-none", "reduction-1x1"),
        timed=True,
    ),
    Experiment(
        "degradation",
        "Plain and residual networks of 20 and 56 layers, CIFAR-10",
        runs(
            CIFAR,
            ("cifar-resnet-20", "cifar-plain-20", "cifar-plain-56", "cifar-resnet-56"),
            f"{PAPER} --lr 0.1 --weight-decay 1e-4 --lr-scheduler multistep --lr-milestones 6,8 "
            "--lr-warmup-epochs 1 --epochs 10",
        ),
        tells="epochs",
    ),
    Experiment(
        "activations",
        "ReLU against tanh, each with several learning rates, CIFAR-10",
        tuple(
            Run(f"{model} {rate}", model, CIFAR, f"{PAPER} --lr {rate} --epochs 25")
            for model in ("cifar-relu", "cifar-tanh")
            for rate in ("0.003", "0.01", "0.03")
        ),
        tells="levels",
    ),
    Experiment(
        "saturation",
        "ReLU against tanh on pixels that are centred but not scaled, CIFAR-10",
        tuple(
            Run(
                f"{model} centred {rate}",
                model,
                CENTRED,
                f"--normalize unit --weights {GAUSSIAN} {PAPER} --lr {rate} --epochs 25",
            )
            for model, rates in (
                ("cifar-relu", ("0.0003", "0.001", "0.003")),
                ("cifar-tanh", ("0.003", "0.01", "0.03")),
            )
            for rate in rates
        ),
        tells="levels",
    ),
    Experiment(
        "normalization",
        "VGG A with and without local response normalization, CIFAR-10",
        runs(
            CIFAR,
            ("vgg-a", "vgg-a-lrn"),
            "--width 0.25 --opt adam --lr 1e-3 --batch-size 128 --lr-scheduler cosine --epochs 10",
        ),
        tells="epochs",
        seeds=2,
        shape="--width 0.25 --input-size 3x32x32 --num-classes 10",
        timed=True,
    ),
)
