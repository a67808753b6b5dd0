"""Writes principal-components.json: two components of rows of numbers by numpy's SVD in float64.

Run with `python3 Tests/Fixtures/TandemInsight/principal-components.py` where numpy is installed;
nothing of Tandem is used. More rows than columns, fewer, and rows of which some are alike. The sign
of a component is such that its entry with the largest absolute value is positive.
"""

import json
import pathlib

import numpy as np


def case(rows):
    rows = np.float32(rows)
    centred = rows.astype(np.float64) - rows.astype(np.float64).mean(axis=0)
    _, sizes, components = np.linalg.svd(centred, full_matrices=False)
    components = components[:2]
    largest = np.abs(components).argmax(axis=1)
    components *= np.sign(components[np.arange(2), largest])[:, None]
    variances = sizes**2 / (len(rows) - 1)
    return {
        "rows": rows.tolist(),
        "components": components.tolist(),
        "scores": (centred @ components.T).tolist(),
        "variances": variances[:2].tolist(),
        "total": variances.sum(),
    }


def main():
    random = np.random.default_rng(3)
    tall = random.normal(size=(40, 12)) * np.linspace(2, 0.5, 12)
    wide = random.normal(size=(9, 31)) + np.outer(np.arange(9) % 3, random.normal(size=31))
    alike = np.repeat(random.normal(size=(4, 6)), 3, axis=0)
    cases = [case(rows) for rows in (tall, wide, alike)]
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
