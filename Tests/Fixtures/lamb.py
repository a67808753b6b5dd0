"""Writes lamb.json: ten steps of LAMB (You et al. 2020, algorithm 2) in float64.

Run with `python3 Tests/Fixtures/lamb.py` where numpy is installed; nothing of Tandem is used.
Several parameters are updated side by side, as the layers of a network are: weights, a bias that
begins with zeros, and weights that have no gradient at first. Where a norm is zero the ratio is 1.
"""

import json
import pathlib

import numpy as np

STEPS = 10
PARAMETERS = {"weight": 24, "bias": 5, "late": 7}
CASES = [
    {"learningRate": 0.01, "hyperParameters": {}},
    {"learningRate": 0.1, "hyperParameters": {"beta1": 0.5, "beta2": 0.75}},
    {"learningRate": 0.02, "hyperParameters": {"weight-decay": 0.0, "opt-eps": 1e-3}},
]


def run(case, initial, gradients):
    numbers = case["hyperParameters"]
    beta1 = numbers.get("beta1", 0.9)
    beta2 = numbers.get("beta2", 0.999)
    epsilon = numbers.get("opt-eps", 1e-6)
    decay = numbers.get("weight-decay", 0.01)
    weights = {name: value.copy() for name, value in initial.items()}
    average = {name: np.zeros_like(value) for name, value in initial.items()}
    square = {name: np.zeros_like(value) for name, value in initial.items()}
    trajectory = []
    for step, gradient_of in enumerate(gradients, start=1):
        for name, gradient in gradient_of.items():
            weight = weights[name]
            average[name] = beta1 * average[name] + (1 - beta1) * gradient
            square[name] = beta2 * square[name] + (1 - beta2) * gradient**2
            mean = average[name] / (1 - beta1**step)
            root = np.sqrt(square[name] / (1 - beta2**step))
            direction = mean / (root + epsilon) + decay * weight
            norms = np.linalg.norm(weight), np.linalg.norm(direction)
            ratio = norms[0] / norms[1] if min(norms) > 0 else 1.0
            weights[name] = weight - case["learningRate"] * ratio * direction
        trajectory.append({name: value.tolist() for name, value in weights.items()})
    return trajectory


def main():
    random = np.random.default_rng(2020)
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
