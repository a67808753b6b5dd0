"""Writes optimizers.json: ten steps of every optimizer as PyTorch 2.13 computes them.

Run with `python3 Tests/Fixtures/pytorch/optimizers.py` where torch==2.13.0+cpu is installed. All
cases start from the same parameters and see the same gradients, which lets one file hold them.
"""

import json
import pathlib

import torch

STEPS = 10
ELEMENTS = 7

CASES = [
    # name on Tandem's command line, torch class, torch arguments, hyper-parameters as Tandem calls
    # them
    ("sgd", torch.optim.SGD, {"lr": 0.1}, {}),
    ("sgd", torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.01}, {"weight-decay": 0.01}),
    (
        "sgd",
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
        {"momentum": 0.9, "weight-decay": 0.01},
    ),
    (
        "sgd",
        torch.optim.SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        {"momentum": 0.9, "nesterov": 1, "weight-decay": 0.01},
    ),
    ("adagrad", torch.optim.Adagrad, {"lr": 0.01}, {}),
    (
        "adagrad",
        torch.optim.Adagrad,
        {"lr": 0.05, "lr_decay": 0.1, "eps": 1e-3, "weight_decay": 0.01},
        {"lr-decay": 0.1, "opt-eps": 1e-3, "weight-decay": 0.01},
    ),
    ("rmsprop", torch.optim.RMSprop, {"lr": 0.01}, {}),
    (
        "rmsprop",
        torch.optim.RMSprop,
        {"lr": 0.01, "alpha": 0.9, "momentum": 0.8, "weight_decay": 0.01},
        {"alpha": 0.9, "momentum": 0.8, "weight-decay": 0.01},
    ),
    ("rmsprop", torch.optim.RMSprop, {"lr": 0.01, "centered": True}, {"centered": 1}),
    (
        "rmsprop",
        torch.optim.RMSprop,
        {"lr": 0.01, "centered": True, "momentum": 0.8, "eps": 1e-4},
        {"centered": 1, "momentum": 0.8, "opt-eps": 1e-4},
    ),
    ("adam", torch.optim.Adam, {"lr": 0.001}, {}),
    (
        "adam",
        torch.optim.Adam,
        {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-4, "weight_decay": 0.1},
        {"beta1": 0.8, "beta2": 0.99, "opt-eps": 1e-4, "weight-decay": 0.1},
    ),
    ("adamw", torch.optim.AdamW, {"lr": 0.001}, {}),
    ("adamw", torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.5}, {"weight-decay": 0.5}),
    ("adadelta", torch.optim.Adadelta, {"lr": 1.0}, {}),
    (
        "adadelta",
        torch.optim.Adadelta,
        {"lr": 0.5, "rho": 0.95, "eps": 1e-4, "weight_decay": 0.01},
        {"rho": 0.95, "opt-eps": 1e-4, "weight-decay": 0.01},
    ),
]


def numbers(tensor):
    """Float32 values with the nine digits that identify them."""
    return [float(f"{value:.9g}") for value in tensor.detach().tolist()]


def run(kind, arguments, initial, gradients):
    parameter = torch.nn.Parameter(initial.clone())
    optimizer = kind([parameter], **arguments)
    trajectory = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
        trajectory.append(numbers(parameter))
    return trajectory


def main():
    torch.manual_seed(2012)
    initial = torch.randn(ELEMENTS)
    gradients = torch.randn(STEPS, ELEMENTS) * torch.logspace(-3, 1, ELEMENTS)
    document = {
        "torch": torch.__version__,
        "initial": numbers(initial),
        "gradients": [numbers(row) for row in gradients],
        "cases": [
            {
                "optimizer": name,
                "learningRate": arguments["lr"],
                "hyperParameters": hyper_parameters,
                "parametersAfterStep": run(kind, arguments, initial, gradients),
            }
            for name, kind, arguments, hyper_parameters in CASES
        ],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
