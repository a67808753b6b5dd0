"""Writes freezing.safetensors: three steps of a small network that is frozen in parts, as PyTorch
2.13 computes them, in double precision from float32 weights and images.

Run with `python3 Tests/Fixtures/pytorch/freezing.py` where torch==2.13.0+cpu is installed. The
network's Swift form is in Tests/TandemTrainingTests/Trainer/FrozenParityTests.swift. Frozen
parameters have requires_grad=False, and frozen batch normalizations are in eval mode while the rest
trains: conv1, bn1, and bn2 in the midst of what is trained.

Each of the two variants has a group of parameters for each learning rate:
    sgd     SGD with momentum 0.9 and weight decay 0.01; rate 0.02, conv2's a tenth, dense1's 0.05
    adamw   AdamW with weight decay 0.1, gradients clipped to the norm 0.5; rate 0.004, conv2's a
            half, dense1's 0.01

Tensors, all float32:
    images                  [3·N, 1, 8, 8], N of them a step
    labels                  [3·N]
    before.NAME             all parameters and running statistics under Tandem's names
    VARIANT.after.NAME      the same after three steps
    VARIANT.losses          [3]
"""

import pathlib

import torch
from torch import nn
from torch.nn import functional

import tensor_files

FOLDER = pathlib.Path(__file__).resolve().parent
IMAGES = 6
STEPS = 3
FROZEN = ["conv1", "bn1", "bn2"]


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(8)
        self.conv3 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(8)
        self.dense1 = nn.Linear(8 * 4 * 4, 4)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        x = functional.relu(self.bn3(self.conv3(x)))
        return self.dense1(functional.max_pool2d(x, 2).flatten(1))


def state(network):
    return {
        name: value
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def groups(network, rate, conv2, head):
    rest = [p for name in ("conv3", "bn3") for p in getattr(network, name).parameters()]
    return [
        {"params": rest, "lr": rate},
        {"params": list(network.conv2.parameters()), "lr": conv2},
        {"params": list(network.dense1.parameters()), "lr": head},
    ]


def train(network, optimizer, images, labels, clip):
    losses = []
    for step in range(STEPS):
        part = slice(step * IMAGES, (step + 1) * IMAGES)
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(images[part]), labels[part])
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], clip)
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def main():
    torch.manual_seed(5)
    network = Small()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    images = torch.randn(STEPS * IMAGES, 1, 8, 8)
    labels = torch.randint(4, (STEPS * IMAGES,))
    start = {name: value.clone() for name, value in state(network).items()}
    tensors = {"images": images, "labels": labels.float()}
    tensors |= {f"before.{name}": value for name, value in start.items()}
    for variant in ("sgd", "adamw"):
        network = Small().double()
        network.load_state_dict({name: value.double() for name, value in start.items()}, False)
        network.train()
        for name in FROZEN:
            module = getattr(network, name)
            module.eval()
            for parameter in module.parameters():
                parameter.requires_grad = False
        if variant == "sgd":
            optimizer = torch.optim.SGD(
                groups(network, 0.02, 0.002, 0.05), momentum=0.9, weight_decay=0.01
            )
        else:
            optimizer = torch.optim.AdamW(groups(network, 0.004, 0.002, 0.01), weight_decay=0.1)
        clip = 0.5 if variant == "adamw" else None
        tensors[f"{variant}.losses"] = train(network, optimizer, images.double(), labels, clip)
        for name, value in state(network).items():
            tensors[f"{variant}.after.{name}"] = value
    tensor_files.write(
        FOLDER / "freezing.safetensors",
        {name: value.detach().float() for name, value in tensors.items()},
        {"torch": torch.__version__},
    )


if __name__ == "__main__":
    main()
