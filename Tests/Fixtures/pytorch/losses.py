"""Writes losses.json: softmax cross-entropy with label smoothing as PyTorch 2.13 computes it.

Run with `python3 Tests/Fixtures/pytorch/losses.py` where torch==2.13.0+cpu is installed. Losses and
gradients are computed in double precision from float32 logits.
"""

import json
import pathlib

import torch

IMAGES = 4
CLASSES = 7


def main():
    torch.manual_seed(1998)
    logits = torch.randn(IMAGES, CLASSES) * torch.tensor([[1.0], [3.0], [10.0], [40.0]])
    labels = torch.randint(CLASSES, (IMAGES,))
    cases = []
    for smoothing in (0.0, 0.1, 0.5, 1.0):
        variable = logits.double().requires_grad_()
        loss = torch.nn.functional.cross_entropy(variable, labels, label_smoothing=smoothing)
        loss.backward()
        cases.append(
            {
                "labelSmoothing": smoothing,
                "meanLoss": loss.item(),
                "gradient": variable.grad.flatten().tolist(),
            }
        )
    document = {
        "torch": torch.__version__,
        "logits": [float(f"{value:.9g}") for value in logits.flatten().tolist()],
        "labels": labels.tolist(),
        "cases": cases,
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
