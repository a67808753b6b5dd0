"""Writes the files of torch.save that the tests of PyTorchFile read.

    python3 -m pip install "torch==2.13.0+cpu"
    python3 Tests/Fixtures/TandemTensor/torch_files.py

Made with PyTorch 2.13.0. Every value is a closed form, so that the tests know it without this
script: element i of a tensor, in the order of its storage, is i / 4 - 1.
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch

folder = Path(__file__).parent / "torch"


def ramp(count, dtype=torch.float32):
    return torch.arange(count, dtype=torch.float64).div(4).sub(1).to(dtype)


def tensors():
    """All that a state dict may hold, and some of what it rarely does."""
    shared = ramp(24)
    values = OrderedDict()
    values["conv.weight"] = ramp(24).reshape(4, 3, 2, 1)
    values["conv.bias"] = torch.nn.Parameter(ramp(4))
    values["last"] = ramp(24).reshape(2, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    values["float64"] = ramp(6, torch.float64).reshape(2, 3)
    values["float16"] = ramp(6, torch.float16).reshape(2, 3)
    values["bfloat16"] = ramp(6, torch.bfloat16).reshape(2, 3)
    values["bn.num_batches_tracked"] = torch.tensor(7)
    values["mask"] = torch.tensor([True, False])
    values["scalar"] = torch.tensor(2.5)
    values["nothing"] = torch.empty(0, 4)
    values["whole"] = shared
    values["tied"] = shared
    values["part"] = shared[6:18].reshape(3, 4)
    values["turned"] = shared.reshape(4, 6).t()
    values["every third"] = shared[1::3]
    values["repeated"] = shared[2:4].reshape(2, 1).expand(2, 3)
    attributes = torch.nn.Parameter(ramp(2))
    attributes.comment = "a tensor with an attribute"
    values["attributes"] = attributes
    return values


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(3, 2)
        self.bn = torch.nn.BatchNorm1d(2)
        with torch.no_grad():
            self.fc.weight.copy_(ramp(6).reshape(2, 3))
            self.fc.bias.copy_(ramp(2))


def checkpoint():
    """As PyTorch's ImageNet example keeps it, of a network under DistributedDataParallel."""
    network = Network()
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    network.fc(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    state = Network().state_dict()
    return {
        "epoch": 3,
        "arch": "network",
        "state_dict": OrderedDict(("module." + name, value) for name, value in state.items()),
        "best_acc1": torch.tensor(71.5),
        "optimizer": optimizer.state_dict(),
        "rate": 0.1,
        "large": 2**80,
        "device": torch.device("cpu"),
        "type": torch.float32,
        "size": torch.Size([1, 2]),
    }


def mlp():
    """Tandem's `mlp` for images of 2×2 pixels and 3 classes, with images and its logits."""
    network = torch.nn.Sequential(
        OrderedDict(
            dense1=torch.nn.Linear(4, 512), relu=torch.nn.ReLU(), dense2=torch.nn.Linear(512, 3)
        )
    ).half()
    images = torch.randn(5, 4)
    logits = network.double()(images.double())
    values = {"images": images.flatten().tolist(), "logits": logits.flatten().tolist()}
    (folder / "mlp.json").write_text(json.dumps(values) + "\n")
    state = {"module." + name: value for name, value in network.half().state_dict().items()}
    torch.save({"epoch": 1, "state_dict": state}, folder / "mlp.pth")
    torch.save(state, folder / "mlp_legacy.pth", _use_new_zipfile_serialization=False)


def main():
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    torch.save(tensors(), folder / "zip.pth")
    torch.save(tensors(), folder / "legacy.pth", _use_new_zipfile_serialization=False)
    for protocol in [3, 4, 5]:
        torch.save(tensors(), folder / f"protocol{protocol}.pth", pickle_protocol=protocol)
    torch.save(Network().state_dict(), folder / "network.pth")
    torch.save(checkpoint(), folder / "checkpoint.pth")
    torch.save({"model": checkpoint()["state_dict"]}, folder / "model.pth")
    torch.save(torch.nn.Linear(1, 1), folder / "module.pth")
    torch.save(
        torch.nn.Linear(1, 1), folder / "legacy_module.pth", _use_new_zipfile_serialization=False
    )
    torch.save([ramp(2)], folder / "list.pth")
    mlp()
    torch.jit.script(torch.nn.Linear(1, 1)).save(folder / "script.pth")


if __name__ == "__main__":
    main()
