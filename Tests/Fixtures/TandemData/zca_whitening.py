"""Writes zca_whitening.json: what Keras' ImageDataGenerator makes of images with zca_whitening.

The two steps are those of `fit` and `standardize` in keras/src/legacy/preprocessing/image.py of
Keras 3.15, with which zca_whitening sets featurewise_center. Needs numpy (here 2.4.6):

    python3 Tests/Fixtures/TandemData/zca_whitening.py
"""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(11)
# Channels, rows and columns.
SHAPE = (3, 3, 2)
CASES = [(60, 1e-6), (60, 0.5), (200, 1e-2)]


def images(count):
    """Neighbours and channels look alike, so that there is something to whiten."""
    size = int(np.prod(SHAPE))
    mixture = np.eye(size) + 0.5 * rng.random((size, size))
    flat = 0.1 * rng.standard_normal((count, size)) @ mixture + 0.4
    return flat.reshape(count, *SHAPE).astype(np.float32)


def fit(x, zca_epsilon):
    mean = np.mean(x, axis=(0, 2, 3)).reshape(-1, 1, 1)
    x = x - mean
    n = len(x)
    flat_x = np.reshape(x, (n, -1))
    u, s, _ = np.linalg.svd(flat_x.T, full_matrices=False)
    s_inv = np.sqrt(n) / (s + zca_epsilon)
    return mean, (u * s_inv).dot(u.T)


def standardize(x, mean, matrix):
    x = x - mean
    flat_x = x.reshape(-1, np.prod(x.shape[-3:]))
    return (flat_x @ matrix).reshape(x.shape)


def main():
    cases = []
    for count, epsilon in CASES:
        x = images(count)
        mean, matrix = fit(x.astype(np.float64), epsilon)
        whitened = [standardize(image, mean, matrix) for image in x[:4]]
        cases.append(
            {
                "epsilon": epsilon,
                "images": [round(float(v), 7) for v in x.ravel()],
                "whitened": [round(float(v), 6) for v in np.ravel(whitened)],
            }
        )
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
