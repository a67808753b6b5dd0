"""Writes lars.json: ten steps of LARS (You, Gitman, Ginsburg 2017, algorithm 1) in float64.

Run with `python3 Tests/Fixtures/lars.py` where numpy is installed; nothing of Tandem is used.
Several parameters are updated side by side, as the layers of a network are: weights, a bias that
begins with zeros, and weights that have no gradient at first. Where a norm is zero the local rate
is 1, as in NVIDIA's Caffe (SGDSolver::GetLocalRate).
"""

import json
import pathlib

import numpy as np

STEPS = 10
PARAMETERS = {"weight": 24, "bias": 5, "late": 7}
CASES = [
    {"learningRate": 1.0, "hyperParameters": {}},
    {"learningRate": 8.0, "hyperParameters": {"trust-coefficient": 0.02, "momentum": 0.5}},
    {"learningRate": 2.0, "hyperParameters": {"momentum": 0.0, "weight-decay": 0.1}},
    {"learningRate": 4.0, "hyperParameters": {"trust-coefficient": 0.01, "weight-decay": 0.0}},
]


def run(case, initial, gradients):
    numbers = case["hyperParameters"]
    trust = numbers.get("trust-coefficient", 0.001)
    momentum = numbers.get("momentum", 0.9)
    decay = numbers.get("weight-decay", 0.0005)
    weights = {name: value.copy() for name, value in initial.items()}
    velocity = {name: np.zeros_like(value) for name, value in initial.items()}
    trajectory = []
    for step in gradients:
        for name, gradient in step.items():
            weight = weights[name]
            weight_norm = np.linalg.norm(weight)
            gradient_norm = np.linalg.norm(gradient)
            local = 1.0
            if weight_norm > 0 and gradient_norm > 0:
                local = trust * weight_norm / (gradient_norm + decay * weight_norm)
            change = case["learningRate"] * local * (gradient + decay * weight)
            velocity[name] = momentum * velocity[name] + change
            weights[name] = weight - velocity[name]
        trajectory.append({name: value.tolist() for name, value in weights.items()})
    return trajectory


def main():
    random = np.random.default_rng(2017)
    # Float32 values, so that both sides start from the same numbers.
    initial = {
        name: random.standard_normal(count).astype(np.float32).astype(np.float64)
        for name, count in PARAMETERS.items()
    }
    initial["bias"][:] = 0
    gradients = []
    for step in range(STEPS):
        gradient = {
            name: (random.standard_normal(count) * 0.1).astype(np.float32).astype(np.float64)
            for name, count in PARAMETERS.items()
        }
        if step < 3:
            gradient["late"][:] = 0
        gradients.append(gradient)
    document = {
        "initial": {name: value.tolist() for name, value in initial.items()},
        "gradients": [{name: value.tolist() for name, value in step.items()} for step in gradients],
        "cases": [case | {"parametersAfterStep": run(case, initial, gradients)} for case in CASES],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
