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
]


def rates(make_scheduler):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE)
    scheduler = make_scheduler(optimizer)
    result = []
    for _ in range(STEPS):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
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
                "rates": rates(make_scheduler),
            }
            for name, options, warm_up_steps, make_scheduler in CASES
        ],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
