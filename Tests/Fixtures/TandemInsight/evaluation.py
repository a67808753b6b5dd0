"""Writes evaluation.json: outputs of imaginary networks, and what an evaluation has to say of them.

Everything is computed from its definition, in exact fractions where there are any. Where
scikit-learn, scipy and statsmodels are installed, their numbers are compared with these.

Run with `python3 Tests/Fixtures/TandemInsight/evaluation.py`.
"""

import json
import math
import pathlib
import random
from fractions import Fraction

QUANTILE = 1.959963984540054
BINS = 15
# Classes and images. The last class but one has no images, the last one is never predicted.
CASES = [(2, 40, 1), (5, 333, 2), (9, 500, 3)]
DISCORDANT = [(0, 0), (1, 0), (3, 3), (0, 6), (10, 2), (7, 8), (30, 12), (150, 210), (5000, 4800)]


def wilson(hits, trials):
    """The two proportions p for which |hits/trials - p| is QUANTILE standard deviations of p."""
    if trials == 0:
        return None
    z2, share = QUANTILE**2, hits / trials
    # (share - p)^2 = z2 p (1 - p) / trials as a quadratic equation in p.
    a, b, c = 1 + z2 / trials, -(2 * share + z2 / trials), share**2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return [(-b - root) / (2 * a), (-b + root) / (2 * a)]


def ratio(part, whole):
    return None if whole == 0 else float(Fraction(part, whole))


def coins(a, b):
    """Both sides of the binomial distribution of a + b fair coins, in whole numbers."""
    tail = sum(math.comb(a + b, k) for k in range(min(a, b) + 1))
    return float(min(Fraction(1), Fraction(2 * tail, 2 ** (a + b))))


def case(classes, count, seed):
    draw = random.Random(seed)
    labels, logits = [], []
    for _ in range(count):
        label = draw.randrange(classes)
        if classes > 2 and label == classes - 2:
            label = 0
        # Quarters, so that outputs are often equal.
        row = [round(4 * draw.gauss(0, 1.3)) / 4 for _ in range(classes)]
        row[label] += draw.choice([0, 1, 2, 3])
        if classes > 2:
            row[classes - 1] = -9.0
        labels.append(label)
        logits.append(row)

    probabilities = []
    for row in logits:
        powers = [math.exp(x - max(row)) for x in row]
        probabilities.append([power / sum(powers) for power in powers])
    predicted = [row.index(max(row)) for row in logits]
    ranks = [
        sum(x > row[y] or (x == row[y] and k < y) for k, x in enumerate(row))
        for row, y in zip(logits, labels)
    ]
    losses = [-math.log(row[y]) for row, y in zip(probabilities, labels)]

    per_class = []
    for k in range(classes):
        images, taken = labels.count(k), predicted.count(k)
        correct = sum(y == k == p for y, p in zip(labels, predicted))
        either = wilson(correct, images + taken - correct)
        per_class.append(
            {
                "images": images,
                "predicted": taken,
                "correct": correct,
                "precision": ratio(correct, taken),
                "recall": ratio(correct, images),
                "f1": ratio(2 * correct, images + taken),
                "precisionInterval": wilson(correct, taken),
                "recallInterval": wilson(correct, images),
                "f1Interval": either and [2 * j / (1 + j) for j in either],
            }
        )
    occurring = [entry for entry in per_class if entry["images"] + entry["predicted"] > 0]

    def means(weight):
        total = sum(weight(entry) for entry in occurring)
        return {
            name: sum(weight(entry) * (entry[name] or 0) for entry in occurring) / total
            for name in ["precision", "recall", "f1"]
        }

    confidence = [max(row) for row in probabilities]
    bins = [[] for _ in range(BINS)]
    for p, y, q in zip(confidence, labels, predicted):
        bins[min(BINS, math.ceil(p * BINS)) - 1].append((p, y == q))
    distances = [
        abs(sum(p for p, _ in held) - sum(hit for _, hit in held)) for held in bins if held
    ]
    sizes = [len(held) for held in bins if held]
    result = {
        "labels": labels,
        "logits": logits,
        "loss": sum(losses) / count,
        "perClass": per_class,
        "macro": means(lambda entry: 1),
        "weighted": means(lambda entry: entry["images"]),
        "confusions": sorted(
            [y, p, sum(pair == (y, p) for pair in zip(labels, predicted))]
            for y, p in set(zip(labels, predicted))
        ),
        "expectedError": sum(distances) / count,
        "maximumError": max(d / n for d, n in zip(distances, sizes)),
        "meanConfidence": sum(confidence) / count,
        "binImages": [len(held) for held in bins],
        "top": [sum(rank < k for rank in ranks) / count for k in range(1, classes + 1)],
        "top1Interval": wilson(sum(rank == 0 for rank in ranks), count),
        "topLosses": sorted(losses, reverse=True)[:10],
    }
    compare(result, predicted, probabilities)
    return result


def compare(result, predicted, probabilities):
    """With the libraries that people would use otherwise, where they are installed."""
    try:
        import numpy as np
        from sklearn import metrics
        from statsmodels.stats.proportion import proportion_confint
    except ImportError:
        return
    labels = result["labels"]
    for name in ["macro", "weighted"]:
        values = metrics.precision_recall_fscore_support(
            labels, predicted, average=name, zero_division=0
        )[:3]
        own = [result[name][key] for key in ["precision", "recall", "f1"]]
        assert np.allclose(values, own, rtol=1e-12), (values, own)
    classes = range(len(result["perClass"]))
    values = metrics.precision_recall_fscore_support(
        labels, predicted, labels=list(classes), zero_division=0
    )
    for key, row in zip(["precision", "recall", "f1", "images"], values):
        own = [entry[key] or 0 for entry in result["perClass"]]
        assert np.allclose(row, own, rtol=1e-12), (row, own)
    for entry in result["perClass"]:
        if entry["images"]:
            low, high = proportion_confint(entry["correct"], entry["images"], method="wilson")
            assert np.allclose([low, high], entry["recallInterval"], atol=1e-12)
    matrix = metrics.confusion_matrix(labels, predicted, labels=list(classes))
    for y, p, images in result["confusions"]:
        assert matrix[y, p] == images
    assert matrix.sum() == sum(images for _, _, images in result["confusions"])
    loss = metrics.log_loss(labels, probabilities, labels=list(classes))
    assert abs(loss - result["loss"]) < 1e-12
    for k in range(2, len(classes)):
        # Ties are broken otherwise there, so only a bound can be compared.
        value = metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=list(classes))
        assert abs(value - result["top"][k - 1]) < 0.1
    print("compared with scikit-learn and statsmodels")


def compare_coins(pairs):
    try:
        from scipy.stats import binomtest
        from statsmodels.stats.contingency_tables import mcnemar
    except ImportError:
        return
    for a, b, p in pairs:
        if a + b > 0:
            assert abs(binomtest(a, a + b, 0.5).pvalue - p) < 1e-9 * p
        if 0 < a + b < 1000:
            value = mcnemar([[1, a], [b, 1]], exact=True).pvalue
            assert abs(value - p) < 1e-9, (a, b, value, p)
    print("compared with scipy and statsmodels")


def main():
    pairs = [[a, b, coins(a, b)] for a, b in DISCORDANT]
    compare_coins(pairs)
    result = {"cases": [case(*arguments) for arguments in CASES], "coins": pairs}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")


main()
