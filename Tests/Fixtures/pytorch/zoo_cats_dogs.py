"""The networks of Chollet, "Deep learning with Python" (2018), 5.2, for PyTorch: cats against dogs.

One output for two classes; layers have Tandem's automatic names, conv1 conv2 … dense1.
"""

from collections import OrderedDict

from torch import nn

from zoo_layers import widths, with_inputs


def network(dropout):
    def make(image_shape, classes, width):
        if classes != 2:
            raise SystemExit("these networks tell two classes apart")
        scaled = widths(width)
        layers, inputs = OrderedDict(), image_shape[0]
        for number, outputs in enumerate(map(scaled, (32, 64, 128, 128)), 1):
            layers[f"conv{number}"] = nn.Conv2d(inputs, outputs, 3)
            layers[f"relu{number}"] = nn.ReLU()
            layers[f"pool{number}"] = nn.MaxPool2d(2)
            inputs = outputs
        layers["flatten"] = nn.Flatten()
        if dropout:
            layers["dropout"] = nn.Dropout(0.5)
        layers["dense1"] = nn.LazyLinear(scaled(512))
        layers["relu5"] = nn.ReLU()
        layers["dense2"] = nn.Linear(scaled(512), 1)
        return with_inputs(nn.Sequential(layers), image_shape)

    return make, (3, 150, 150), 2


NETWORKS = {
    "cats-dogs-small": network(dropout=False),
    "cats-dogs-small-dropout": network(dropout=True),
}
