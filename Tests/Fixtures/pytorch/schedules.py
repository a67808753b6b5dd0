"""Writes schedules.json: learning rates as PyTorch 2.13's schedulers give them.

Run with `python3 Tests/Fixtures/pytorch/schedules.py` where torch==2.13.0+cpu is installed. One
scheduler step is one epoch of one step, so that schedulers by epoch and by step share one form.
"""

import json
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler

BASE = 0.5
STEPS = 12

# What is measured after the steps, for schedulers that ask.
LOSSES = [2.0, 1.5, 1.5, 1.49, 1.6, 1.2, 1.2, 1.2, 1.19999, 1.3, 0.5]
ERRORS = [0.75, 0.5, 0.5, 0.5, 0.5, 0.25, 0.3, 0.26, 0.27, 0.25, 0.25]
ACCURACIES = [0.25, 0.5, 0.5, 0.52, 0.5, 0.75, 0.7, 0.74, 0.73, 0.75, 0.8]
EVEN = [1.0] * (STEPS - 1)


def plateau(measured, monitor="test-loss", factor=0.1, **rest):
    """A case of ReduceLROnPlateau by Tandem's names."""
    names = {
        "patience": "patience",
        "threshold": "threshold",
        "threshold_mode": "thresholdMode",
        "cooldown": "cooldown",
        "min_lr": "minimum",
    }
    options = {"monitor": monitor, "gamma": factor}
    options |= {names[name]: value for name, value in rest.items()}
    mode = "max" if monitor == "test-accuracy" else "min"
    return (
        "plateau",
        options,
        0,
        lambda o: lr_scheduler.ReduceLROnPlateau(o, mode=mode, factor=factor, **rest),
        measured,
    )


def one_cycle(anneal="cos", **rest):
    """A case of OneCycleLR by Tandem's names."""
    names = {
        "pct_start": "risingShare",
        "div_factor": "startDivisor",
        "final_div_factor": "endDivisor",
        "three_phase": "threePhases",
    }
    options = {"annealing": anneal} | {names[name]: value for name, value in rest.items()}
    return (
        "onecycle",
        options,
        0,
        lambda o: lr_scheduler.OneCycleLR(
            o, BASE, total_steps=STEPS, anneal_strategy=anneal, cycle_momentum=False, **rest
        ),
    )


CASES = [
    # name and options as Tandem's, warm-up steps, scheduler of an optimizer
    ("constant", {}, 0, lambda o: lr_scheduler.ConstantLR(o, factor=1)),
    ("step", {"stepSize": 5, "gamma": 0.1}, 0, lambda o: lr_scheduler.StepLR(o, 5, 0.1)),
    (
        "multistep",
        {"milestones": [2, 3, 9], "gamma": 0.5},
        0,
        lambda o: lr_scheduler.MultiStepLR(o, [2, 3, 9], 0.5),
    ),
    ("exponential", {"gamma": 0.9}, 0, lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    (
        "cosine",
        {"minimum": 0.05},
        0,
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.05),
    ),
    ("polynomial", {"power": 2}, 0, lambda o: lr_scheduler.PolynomialLR(o, STEPS, power=2)),
    (
        "cosine",
        {},
        4,
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, start_factor=0.2, total_iters=4),
                lr_scheduler.CosineAnnealingLR(o, STEPS - 4),
            ],
            milestones=[4],
        ),
    ),
    (
        "step",
        {"stepSize": 3, "gamma": 0.5},
        5,
        lambda o: lr_scheduler.ChainedScheduler(
            [
                lr_scheduler.LinearLR(o, start_factor=0.2, total_iters=5),
                lr_scheduler.StepLR(o, 3, 0.5),
            ]
        ),
    ),
    one_cycle(),
    one_cycle("linear", pct_start=0.5, div_factor=5, final_div_factor=10),
    one_cycle(pct_start=0.25, three_phase=True),
    one_cycle("linear", pct_start=0.4, div_factor=2.5, three_phase=True),
    one_cycle(pct_start=0.0),
    plateau(EVEN),
    plateau(LOSSES, factor=0.5, patience=0),
    plateau(LOSSES, factor=0.5, patience=0, threshold=0),
    plateau(LOSSES, factor=0.5, patience=1),
    plateau(LOSSES, factor=0.5, patience=1, threshold=0.3),
    plateau(LOSSES, factor=0.5, patience=1, threshold=0.3, threshold_mode="abs"),
    plateau(LOSSES, factor=0.5, patience=0, cooldown=2),
    plateau(EVEN, factor=0.1, patience=0, min_lr=0.003),
    plateau(EVEN, factor=1e-3, patience=0),
    plateau(ERRORS, "test-error", factor=0.5, patience=1),
    plateau(ACCURACIES, "test-accuracy", factor=0.5, patience=0),
    plateau(ACCURACIES, "test-accuracy", factor=0.5, patience=0, threshold=0.05),
    plateau(
        ACCURACIES, "test-accuracy", factor=0.5, patience=0, threshold=0.05, threshold_mode="abs"
    ),
]


def rates(make_scheduler, measured=None):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    scheduler = make_scheduler(optimizer)
    result = []
    for step in range(STEPS):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if measured is None:
            # OneCycleLR refuses a step after the last one.
            if step < STEPS - 1:
                scheduler.step()
        elif step < len(measured):
            scheduler.step(measured[step])
    return result


def main():
    warnings.filterwarnings("ignore", message="The epoch parameter")  # inside SequentialLR
    document = {
        "torch": torch.__version__,
        "base": BASE,
        "warmUpStart": 0.2,
        "cases": [
            {
                "schedule": name,
                "options": options,
                "warmUpSteps": warm_up_steps,
                "measured": measured[0] if measured else [],
                "rates": rates(make_scheduler, *measured),
            }
            for name, options, warm_up_steps, make_scheduler, *measured in CASES
        ],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
